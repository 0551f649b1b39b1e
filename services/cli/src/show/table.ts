import { padded, widthOf } from './text-width.ts';

/** Rows as aligned columns with two spaces between them; the last column is as wide as it likes. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return aligned([header, ...rows]);
}

/** The same without a header. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const [first = []] = rows;
  const widths = first.map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
