/** Values as people write them into tags and variables. */

/** A whole number in decimal digits; undefined for every other text. */
export function wholeNumber(
  text: string,
  range: { readonly least: number; readonly most: number },
): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= range.least && value <= range.most ? value : undefined;
}

/** A value as a message repeats it. */
export function quote(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && (value as readonly unknown[]).every(isText);
}
