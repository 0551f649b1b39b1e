import type { Emulator } from '../../test/terminal/emulator.ts';

/** Neighbouring cells of a row that look the same. */
export interface Run {
  readonly text: string;
  readonly column: number;
  /** How many columns it takes. */
  readonly width: number;
  /** Of the palette of 16; undefined for the default colour. */
  readonly colour: number | undefined;
  readonly isBold: boolean;
}

/** What a terminal shows at a moment, row by row. */
export type Frame = readonly (readonly Run[])[];

export function frameOf(emulator: Emulator): Frame {
  return Array.from({ length: emulator.rows }, (_, row) => runsOf(emulator, row));
}

function runsOf({ buffer, columns }: Emulator, row: number): Run[] {
  const line = buffer.getLine(buffer.viewportY + row);
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || ' ';
    const colour = cell.isFgPalette() ? cell.getFgColor() : undefined;
    const [isBold, width] = [cell.isBold() !== 0, cell.getWidth()];
    const last = runs.at(-1);
    if (last?.colour === colour && last?.isBold === isBold) {
      runs.splice(-1, 1, { ...last, text: last.text + text, width: last.width + width });
    } else runs.push({ text, column, width, colour, isBold });
  }
  return runs.filter(({ text }) => text.trim() !== '');
}
