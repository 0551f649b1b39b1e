import { eastAsianWidth } from 'get-east-asian-width';

const zeroWidthJoiner = 0x200d;
const emojiPresentation = 0xfe0f;

/**
 * Columns of a terminal that a text takes, without control characters. Where terminals differ (emoji
 * that are joined, or asked for by a variation selector) it is the most that any of them takes, so
 * that what fits by this fits everywhere.
 */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text where it fits into so many columns, else its beginning with `mark` (one column) after it. */
export function fitted(text: string, columns: number, mark: string = '…'): string {
  // Only characters that belong to the one before them take no column.
  if (isPlain(text) && text.length <= columns) return text;
  if (columns <= 0) return '';
  let width = 0;
  let end = 0;
  let endBeforeMark = 0;
  let combining = 0;
  for (const character of text) {
    const own = columnsOf(character);
    combining = own === 0 ? combining + 1 : 0;
    if (width + own > columns || combining > mostCombining) {
      return text.slice(0, endBeforeMark) + mark;
    }
    width += own;
    end += character.length;
    if (width < columns) endBeforeMark = end;
  }
  return text;
}

/** The text with spaces after it, up to so many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Most combining marks on one character; no script needs more, and more cost a terminal much. */
const mostCombining = 8;

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function columnsOf(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x300) return 1;
  // It may widen the character before it from one column to two.
  if (point === emojiPresentation) return 1;
  if (point === zeroWidthJoiner || /^[\p{Mn}\p{Me}]$/u.test(character)) return 0;
  return eastAsianWidth(point);
}
