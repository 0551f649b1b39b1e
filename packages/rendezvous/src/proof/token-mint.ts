import { createHmac, timingSafeEqual } from 'node:crypto';

/** Proof of who a member is: it keeps `token` to itself, and prints `tag` to its build log. */
export interface TokenAndTag {
  readonly token: string;
  readonly tag: string;
}

const tokenBytes = 24;
const digestDigits = 32;
const tokenPattern = /^[0-9a-f]{48}$/;
const tagPattern = /dispatch-tag-([0-9a-f]{32})([0-9a-f]{32})/;

/** Whether a line of a build log consists of nothing but a tag. */
export function isTagLine(line: string): boolean {
  return /^\s*dispatch-tag-[0-9a-f]{64}\s*$/.test(line);
}

/** A longer line is not searched: a tag stands on a line of its own, or nearly. */
const longestTagLine = 1000;

/**
 * Makes tokens that need not be stored, so that nobody can fill the memory by asking for them. A
 * tag holds a digest of the token, which does not reveal it, and a seal that tells a tag made here
 * for this member from any other text in a log.
 */
export class TokenMint {
  readonly #secret: Uint8Array;
  readonly #randomBytes: (size: number) => Uint8Array;

  constructor(randomBytes: (size: number) => Uint8Array) {
    this.#secret = randomBytes(32);
    this.#randomBytes = randomBytes;
  }

  make(member: string): TokenAndTag {
    const token = Buffer.from(this.#randomBytes(tokenBytes)).toString('hex');
    const digest = this.digest(member, token);
    return { token, tag: `dispatch-tag-${digest}${this.#keyed('seal', member, digest)}` };
  }

  /** Whether a text has the form of a token. */
  isToken(text: string): boolean {
    return tokenPattern.test(text);
  }

  /** The digest that stands for a member's token in its tag. */
  digest(member: string, token: string): string {
    return this.#keyed('token', member, token);
  }

  /** The digest from a tag of this member in a line of its log, if there is one. */
  digestIn(member: string, line: string): string | undefined {
    if (line.length > longestTagLine) return undefined;
    const [, digest, seal] = tagPattern.exec(line) ?? [];
    if (digest === undefined || seal === undefined) return undefined;
    return areEqual(seal, this.#keyed('seal', member, digest)) ? digest : undefined;
  }

  #keyed(purpose: string, member: string, text: string): string {
    const hmac = createHmac('sha256', this.#secret);
    // In JSON no two triples have the same text.
    return hmac
      .update(JSON.stringify([purpose, member, text]))
      .digest('hex')
      .slice(0, digestDigits);
  }
}

/** Whether two texts are equal, in a time that does not reveal how much of them is. */
export function areEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
