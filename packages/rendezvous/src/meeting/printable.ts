/** Control and format characters (bidirectional overrides too), lone surrogates, and the other two line ends. */
const unprintable = /[\p{C}\u2028\u2029]/gu;

/**
 * Text of a member as one line that a terminal and a log may show: characters that would move the
 * cursor, hide text or begin another line are replaced by their code, and text beyond `longest`
 * characters is cut off.
 */
export function printable(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replaceAll(unprintable, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
