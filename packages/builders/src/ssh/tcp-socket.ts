import { connect, type OnReadOpts, type Socket } from 'node:net';
import { messageOf } from '@dispatch/nix/message-of';
import { BuildersError, codeOf } from '../errors.ts';
import { connected } from '../socket-connection.ts';
import type { SshConfiguration } from './ssh-configuration.ts';

/** A connection to the port where a machine's SSH server is. Throws `unreachable`. */
export async function connectSocket(
  configuration: SshConfiguration,
  memory: ReadMemory,
  signal: AbortSignal,
): Promise<Socket> {
  const host = configuration.one('hostname') ?? '';
  const port = configuration.count('port', 22);
  const localAddress = configuration.one('bindaddress');
  const socket: Socket = connect({
    host,
    onread: memory.reader((bytes) => socket.emit('data', bytes)),
    port,
    noDelay: true,
    // By default Node gives each of several addresses a quarter of a second only.
    autoSelectFamilyAttemptTimeout: 2000,
    family: families[configuration.one('addressfamily') ?? 'any'] ?? 0,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  // What arrives before somebody listens would be lost.
  socket.pause();
  try {
    await connected(socket, signal);
    return socket;
  } catch (cause) {
    throw new BuildersError('unreachable', faultOf(cause, host, port), { cause });
  }
}

/** Large, so that few of the packets of a copy (32 KiB) come in two pieces. */
const readBytes = 131072;

/**
 * What a socket reads into. The same memory again and again costs a third less of the processor than new
 * memory for each read; but the library keeps parts of what it is given, and checks them later: whoever
 * could write over a host key after it was judged, or over its signature, would be believed. So that is
 * for whoever knows that it keeps nothing.
 */
export class ReadMemory {
  /** Whether what was read may be written over once it was given out. */
  isReused = false;

  /** Reads for a socket that is about to be made. */
  reader(give: (bytes: Buffer) => void): OnReadOpts {
    return {
      buffer: Buffer.alloc(readBytes),
      callback: (count, memory) => {
        const bytes = Buffer.from(memory.buffer, memory.byteOffset, count);
        give(this.isReused ? bytes : Buffer.from(bytes));
        return true;
      },
    };
  }
}

const families: Readonly<Record<string, number>> = { any: 0, inet: 4, inet6: 6 };

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ENOTFOUND: 'There is no host of this name',
  EAI_AGAIN: 'The host name cannot be looked up now',
  ETIMEDOUT: 'Connection timed out',
};

function faultOf(error: unknown, host: string, port: number): string {
  return `${faults[codeOf(error) ?? ''] ?? messageOf(error)} (${host} port ${port})`;
}
