/** A word as a POSIX shell takes it, in quotes where it needs them: for commands that a message suggests. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
