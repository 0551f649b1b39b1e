import type { Socket } from 'node:net';
import { messageOf } from '@dispatch/nix/message-of';
import type { AuthenticationMethod, Client } from 'ssh2';
import { BuildersError } from '../errors.ts';
import { chooseAlgorithms, isDecipheredAtOnce } from './algorithms.ts';
import { type HostKeyKnowledge, judgeHostKey, readHostKey } from './host-key.ts';
import { rememberHostKey } from './host-key-knowledge.ts';
import type { Identities } from './identity.ts';
import type { SshConfiguration } from './ssh-configuration.ts';
import type { Ssh2 } from './ssh2-library.ts';
import type { ReadMemory } from './tcp-socket.ts';

/** Everything needed to log in to a machine. */
export interface LoginMeans {
  readonly ssh2: Ssh2;
  readonly socket: Socket;
  /** The memory that the socket reads into. */
  readonly memory: ReadMemory;
  readonly configuration: SshConfiguration;
  readonly hostKeys: HostKeyKnowledge;
  readonly identities: Identities;
}

/**
 * Checks the server's host key and logs in. Throws `host-key-refused`, `bad-ssh-option` or
 * `unreachable` with what to do about it; then the socket is destroyed.
 */
export async function logIn(means: LoginMeans, signal: AbortSignal): Promise<Client> {
  const { ssh2, socket, configuration, identities } = means;
  const client = new ssh2.Client();
  const user = configuration.one('user') ?? '';
  const guard = new HostKeyGuard(means.hostKeys);
  const turns = new Turns(identities, user);
  try {
    const ready = readiness(client, socket, signal);
    client.on('handshake', ({ sc }) => {
      means.memory.isReused = isDecipheredAtOnce(sc.cipher);
    });
    client.connect({
      sock: socket,
      username: user,
      readyTimeout: 0,
      // The library only sends them; whether anything comes back is watched at the socket.
      keepaliveInterval: configuration.count('serveraliveinterval', 0) * 1000,
      keepaliveCountMax: Number.POSITIVE_INFINITY,
      algorithms: chooseAlgorithms(configuration, knownTypes(means.hostKeys)),
      hostVerifier: (blob) => guard.accepts(blob),
      authHandler: (left) => turns.next(left),
    });
    await ready;
    await guard.remember(configuration.isOn('hashknownhosts'));
    return client;
  } catch (error) {
    socket.destroy();
    if (error instanceof BuildersError) throw error;
    if (guard.fault !== undefined) throw new BuildersError('host-key-refused', guard.fault);
    const text = turns.fault ?? handshakeFault(error);
    throw new BuildersError('unreachable', text, { cause: error });
  }
}

/** Resolves when the server has let us in; rejects when it or we give up. */
function readiness(client: Client, socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
      socket.destroy();
    };
    const settled = (): void => signal.removeEventListener('abort', giveUp);
    client.once('ready', () => {
      settled();
      resolve();
    });
    // An agent that fails to sign ends nothing: its other keys and the key files are tried next.
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level !== 'agent') reject(error);
    });
    client.once('close', () => {
      settled();
      reject(new Error('the server closed the connection before it let us in'));
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

function handshakeFault(error: unknown): string {
  const text = messageOf(error);
  if (!/no matching/.test(text)) return text;
  return `${text} (the ssh program has more algorithms: set DISPATCH_SSH=system to use it)`;
}

function knownTypes({ known }: HostKeyKnowledge): Set<string> {
  return new Set(known.filter(({ marker }) => marker === undefined).map(({ type }) => type));
}

/** Judges the key that a server shows, and keeps the fault or the new key. */
class HostKeyGuard {
  readonly #knowledge: HostKeyKnowledge;
  #new: ReturnType<typeof readHostKey> | undefined;
  fault: string | undefined;

  constructor(knowledge: HostKeyKnowledge) {
    this.#knowledge = knowledge;
  }

  accepts(blob: Buffer): boolean {
    const key = readHostKey(blob);
    const judgement = judgeHostKey(key, this.#knowledge);
    this.#new = judgement.verdict === 'new' ? key : undefined;
    this.fault = judgement.verdict === 'refused' ? judgement.fault : undefined;
    return judgement.verdict !== 'refused';
  }

  async remember(hashed: boolean): Promise<void> {
    if (this.#new !== undefined) await rememberHostKey(this.#new, this.#knowledge, hashed);
  }
}

/** Offers one identity after the other, for as long as the server accepts keys at all. */
class Turns {
  readonly #identities: Identities;
  readonly #user: string;
  #tried = 0;
  #over = false;

  constructor(identities: Identities, user: string) {
    this.#identities = identities;
    this.#user = user;
  }

  next(left: readonly string[] | null): AuthenticationMethod | false {
    const identity = this.#identities.usable[this.#tried];
    this.#over = identity === undefined || left?.includes('publickey') === false;
    if (identity === undefined || this.#over) return false;
    this.#tried += 1;
    const { key, agent } = identity;
    if (agent === undefined) return { type: 'publickey', username: this.#user, key };
    return { type: 'agent', username: this.#user, agent };
  }

  /** What was tried in vain; undefined where the login did not fail for lack of a key. */
  get fault(): string | undefined {
    if (!this.#over) return undefined;
    const { usable, faults } = this.#identities;
    const tried = usable.slice(0, this.#tried).map(({ name }) => name);
    const what =
      tried.length === 0 ? 'there is no key to log in with' : `tried were ${tried.join(', ')}`;
    return [`it does not let ${this.#user} in (Permission denied): ${what}`, ...faults].join('; ');
  }
}
