/** Spans of the world's time in which something is different. */

/** A span of time, in seconds since the world's start. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /** The group it applies to; without it, every group. */
  readonly group?: string;
}

/** Whether one of the windows holds for a group, `at` seconds after the world's start. */
export function isWithin(
  windows: readonly Window[],
  moment: { readonly at: number; readonly group: string },
): boolean {
  return windows.some(
    ({ from, to, group }) =>
      from <= moment.at && moment.at < to && (group ?? moment.group) === moment.group,
  );
}
