import type { Frame, Run } from './frame.ts';

/** Pixels of a cell, and around all of them. */
const cell = { width: 8.4, height: 18, size: 14 };
const margin = 16;
const titleBar = 30;
const secondsEach = 1;

const background = '#1b1f27';
const foreground = '#d5d8df';
const palette =
  '#1b1f27 #f4717a #9bce7c #e8c26b #6cb4f2 #c990e8 #5fc3cd #d5d8df ' +
  '#7f8797 #f4717a #9bce7c #e8c26b #6cb4f2 #c990e8 #5fc3cd #ffffff';

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Shows the frames in a loop, in one picture that needs no script; `still` is the frame that is shown where
 * nothing moves.
 */
export function svgOf(frames: readonly Frame[], still: number, { columns, rows }: Size): string {
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil(rows * cell.height + margin + titleBar + 8);
  const drawn = frames.map(
    (frame, index) =>
      `<g class="f f${index}"${index === still ? '' : ' opacity="0"'}>${frame.map(rowText).join('')}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="dispatch build at a terminal">
<style>
text { font: ${cell.size}px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: ${foreground}; white-space: pre; }
.b { font-weight: bold; }
${palette
  .split(' ')
  .map((colour, index) => `.c${index} { fill: ${colour}; }`)
  .join('\n')}
${keyframes(frames.length)}
</style>
<rect width="${width}" height="${height}" rx="9" fill="${background}"/>
${['#f4717a', '#e8c26b', '#9bce7c'].map(dot).join('')}
${drawn.join('\n')}
</svg>
`;
}

function dot(colour: string, index: number): string {
  return `<circle cx="${20 + index * 18}" cy="16" r="5.5" fill="${colour}"/>`;
}

/** Each frame is seen for its share of the time, and the last one a little longer. */
function keyframes(count: number): string {
  const total = count + 3;
  const percent = (at: number): string => `${((100 * at) / total).toFixed(2)}%`;
  const frames = Array.from({ length: count }, (_, index) => {
    const end = index === count - 1 ? total : index + 1;
    const before = index === 0 ? '' : '0% { opacity: 0; } ';
    const after = end === total ? '' : ` ${percent(end)} { opacity: 0; }`;
    return `@keyframes k${index} { ${before}${percent(index)} { opacity: 1; }${after} }
.f${index} { animation: k${index} ${total * secondsEach}s step-end infinite; }`;
  });
  return `${frames.join('\n')}
@media (prefers-reduced-motion: reduce) { .f { animation: none; } }`;
}

function rowText(runs: readonly Run[], row: number): string {
  const y = titleBar + (row + 1) * cell.height;
  return runs.map((run) => runText(run, y)).join('');
}

function runText({ text, column, width, colour, isBold }: Run, y: number): string {
  const x = (margin + column * cell.width).toFixed(1);
  const classes = [colour === undefined ? '' : `c${colour}`, isBold ? 'b' : ''].filter(Boolean);
  const look = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  const length = (width * cell.width).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}" xml:space="preserve"${look}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
