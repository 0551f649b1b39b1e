import type { BaseAgent, ParsedKey } from 'ssh2';

/** A key to log in with. */
export interface Identity {
  /** For messages: the file, or the key's comment in the agent. */
  readonly name: string;
  readonly key: ParsedKey;
  /** The agent that signs, where the private key itself was not read. */
  readonly agent: BaseAgent | undefined;
}

/**
 * The identities to try, in this order, and why others cannot be used: messages without any secret.
 */
export interface Identities {
  readonly usable: readonly Identity[];
  readonly faults: readonly string[];
}
