import type { BaseAgent, ParsedKey } from 'ssh2';

/** One way to prove who we are. */
export interface Identity {
  /** For messages: the file, or the key's comment in the agent. */
  readonly name: string;
  readonly key: ParsedKey;
  /** Who signs where the private key was not read. */
  readonly agent: BaseAgent | undefined;
}

/** What may be tried, in this order, and why the rest may not; for messages, without any secret. */
export interface Identities {
  readonly usable: readonly Identity[];
  readonly faults: readonly string[];
}
