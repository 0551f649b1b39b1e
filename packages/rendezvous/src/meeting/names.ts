const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The rule for names, for messages about another one. */
export const nameRule =
  'letters, digits, ".", "_" and "-", at most 100, the first a letter or digit';

/**
 * Whether a text may name a member, a role, a message, a key, a file or a barrier. Names fit
 * unchanged into a path, a line of words and a log.
 */
export function isName(text: string): boolean {
  return pattern.test(text);
}
