/** A table of plain text: the first column to the left, figures to the right, two spaces between. */

export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Shortens a name from the left: resource classes of one namespace differ at their end. */
export function fitted(name: string, width: number): string {
  return name.length <= width ? name : `…${name.slice(name.length - width + 1)}`;
}

/**
 * Text that comes from data, without the control characters (C0, DEL, C1) that would move a terminal's
 * cursor, colour it or break a line; each becomes U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
