/** Rows as aligned columns with two spaces between them; the last column is as wide as it likes. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** Characters as people count them. */
function width(text: string): number {
  let characters = 0;
  for (const _ of segmenter.segment(text)) characters += 1;
  return characters;
}

const segmenter = new Intl.Segmenter();
