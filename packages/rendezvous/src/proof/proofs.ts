import { areEqual, type TokenAndTag, TokenMint } from './token-mint.ts';

/** Whether a token is valid; if not, one line that says why. */
export type Verdict = { readonly counts: true } | { readonly counts: false; readonly line: string };

/**
 * Decides which token of each member is valid: the first whose tag appears in its build log. Only
 * the first, since until then a member cannot have read anything from the others that it might
 * print.
 */
export class Proofs {
  readonly #mint: TokenMint;
  readonly #patienceMs: number;
  /** The digest of the token of each member that has proven itself. */
  readonly #proven = new Map<string, string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(randomBytes: (size: number) => Uint8Array, patienceMs: number) {
    this.#mint = new TokenMint(randomBytes);
    this.#patienceMs = patienceMs;
  }

  /** A token to prove, or undefined when the member has proven one already. */
  hello(member: string): TokenAndTag | undefined {
    return this.#proven.has(member) ? undefined : this.#mint.make(member);
  }

  /** Takes a line of a member's build log. True when that line proves the member. */
  noteLine(member: string, line: string): boolean {
    if (this.#proven.has(member)) return false;
    const digest = this.#mint.digestIn(member, line);
    if (digest === undefined) return false;
    this.#proven.set(member, digest);
    for (const wake of this.#waiting.get(member) ?? []) wake();
    return true;
  }

  /**
   * Judges a token. Its tag may still be on its way, since logs travel differently from calls: so
   * this waits for some time, or until `signal`.
   */
  async judge(member: string, token: string, signal: AbortSignal): Promise<Verdict> {
    if (!this.#mint.isToken(token))
      return { counts: false, line: 'that is no token: ask for hello' };
    if (!this.#proven.has(member)) await this.#untilProven(member, signal);
    const digest = this.#proven.get(member);
    if (digest === undefined) return { counts: false, line: this.#unseen(member) };
    if (areEqual(digest, this.#mint.digest(member, token))) return { counts: true };
    return { counts: false, line: alreadyProven(member) };
  }

  #untilProven(member: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(member) ?? new Set();
    this.#waiting.set(member, waiting);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, this.#patienceMs);
      signal.addEventListener('abort', end);
      waiting.add(end);
      if (signal.aborted) end();
    });
  }

  #unseen(member: string): string {
    const seconds = this.#patienceMs / 1000;
    return `the build log of ${member} did not show this token's tag within ${seconds} s: print it there`;
  }
}

/** The refusal for a caller with another token, or that asks for a second one. */
export function alreadyProven(member: string): string {
  return `${member} has proven another token already: all of its processes share the first`;
}
