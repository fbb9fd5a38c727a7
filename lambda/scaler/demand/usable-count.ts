/** No queue is this long; a greater count is a fault of the source, not demand. */
export const MAX_PLAUSIBLE_COUNT = 1_000_000;

/** The count, or undefined for everything that is none. */
export function usableCount(value: unknown): number | undefined {
  const plausible =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= MAX_PLAUSIBLE_COUNT;
  return plausible ? value : undefined;
}

/** Says of an answer that one of its counts is none; completes "answered 200 …". */
export function noUsableCount(key: string): string {
  return `without a usable count: ${key} must be a whole number from 0 to ${MAX_PLAUSIBLE_COUNT}`;
}
