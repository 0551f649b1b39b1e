import { cpus } from 'node:os';

/** The middle value. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[values.length >> 1];
  if (middle === undefined) throw new RangeError('no values to take the median of');
  return middle;
}

/** The machine and the versions that figures come from; they say nothing without these. */
export function machine(): object {
  return { processors: cpus().length, model: cpus()[0]?.model, node: process.version };
}

/** Columns aligned, the first to the left. */
export function table(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0)),
  );
  const print = (line: readonly string[]): string =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return `${lines.map(print).join('\n')}\n`;
}

/** Seconds for people. */
export function seconds(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}

/** The same for short times, in milliseconds. */
export function milliseconds(value: number): string {
  return `${(value * 1000).toFixed(0)} ms`;
}

/** How many times as long. */
export function times(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? '' : `${(value / base).toFixed(2)}×`;
}
