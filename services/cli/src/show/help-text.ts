/** Lines longer than this are hard to read, however wide a terminal is. */
const widest = 100;

/** Columns for `--help`. */
export function helpWidth(): number {
  return Math.min(process.stdout.columns || 80, widest);
}

/** What `--help` says after the options, as commander takes it, with prose folded to `helpWidth`. */
export function helpText(text: string): () => string {
  return () => folded(text, helpWidth());
}

/** The text with its prose folded anew to so many columns; lines that are indented stay as they are. */
export function folded(text: string, columns: number): string {
  const lines: string[] = [];
  let isProse = false;
  for (const line of text.split('\n')) {
    const before = isProse ? `${lines.pop()} ` : '';
    isProse = /^\S/.test(line);
    if (isProse) lines.push(...filled(before + line, columns));
    else lines.push(...(before === '' ? [] : [before.trimEnd()]), line);
  }
  return lines.join('\n');
}

function filled(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines.splice(-1, 1, `${last} ${word}`);
  }
  return lines;
}
