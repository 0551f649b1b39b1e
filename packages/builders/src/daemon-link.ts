import { messageOf } from '@dispatch/nix/message-of';
import type { ClientOptions } from '@dispatch/protocol/client-options';
import { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { BuildersError, cancelled, codeOf } from './errors.ts';
import type { StoreAddress } from './store-address.ts';
import { startTimeLimit, type TimeLimit } from './time-limit.ts';
import type { Carrier, Transport } from './transport.ts';

/** A connection to a daemon together with the carrier that can say why it broke. */
export interface DaemonLink {
  readonly connection: DaemonConnection;
  complaint(): Promise<string>;
}

export interface LinkTarget {
  /** The store as messages name it: its URI. */
  readonly name: string;
  readonly address: StoreAddress;
  /** Seconds for everything up to the daemon's greeting. */
  readonly connectSeconds: number;
  readonly carrier: Carrier;
}

/**
 * Connects and shakes hands, giving the daemon its settings. Throws `unreachable` with what the
 * carrier reported and what to check, or `cancelled`; nothing is left open then.
 */
export async function openLink(
  target: LinkTarget,
  settings: ClientOptions,
  signal?: AbortSignal,
): Promise<DaemonLink> {
  const limit = startTimeLimit(target.connectSeconds, signal);
  let opened: Transport | undefined;
  try {
    const transport = await target.carrier.open(limit.signal);
    opened = transport;
    const connection = await DaemonConnection.open(transport, {
      settings,
      signal: limit.signal,
      name: target.name,
    });
    return { connection, complaint: () => transport.complaint() };
  } catch (error) {
    opened?.destroy();
    if (signal?.aborted) throw cancelled(signal, `connecting to ${target.name}`);
    throw await unreachable(target, limit, opened, error);
  } finally {
    limit.end();
  }
}

async function unreachable(
  target: LinkTarget,
  limit: TimeLimit,
  transport: Transport | undefined,
  error: unknown,
): Promise<BuildersError> {
  if (codeOf(error)?.startsWith('bad-')) throw error;
  const complaint = (await transport?.complaint()) ?? '';
  const fault = limit.passed()
    ? `no answer within ${target.connectSeconds} s`
    : complaint || messageOf(error);
  const heard = limit.passed() && complaint !== '' ? ` (${complaint})` : '';
  const advice = adviceFor(target, codeOf(error));
  const text = `cannot reach ${target.name}: ${fault}${heard}${advice}`;
  return new BuildersError('unreachable', text, { builder: target.name, cause: error });
}

/** What to check, after a semicolon; empty where the fault itself says what to do. */
function adviceFor(target: LinkTarget, code: string | undefined): string {
  const address = target.address;
  if (code === 'host-key-refused') return '';
  if (address.kind !== 'ssh')
    return '; check that the Nix daemon runs and that you may use its socket';
  const user = address.user === undefined ? '' : `${address.user}@`;
  const port = address.port === undefined ? '' : `-p ${address.port} `;
  const trial = `ssh ${port}${user}${address.host} ${address.remoteProgram.join(' ')} --version`;
  if (code === 'not-a-daemon') {
    return `; something there prints text before the daemon speaks, such as a login shell's start-up file; check '${trial}'`;
  }
  return `; check that '${trial}' works without asking anything`;
}
