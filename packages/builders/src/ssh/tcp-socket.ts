import { connect, type OnReadOpts, type Socket } from 'node:net';
import { messageOf } from '@dispatch/nix/message-of';
import { BuildersError, codeOf } from '../errors.ts';
import { connected } from '../socket-connection.ts';
import type { SshConfiguration } from './ssh-configuration.ts';

/** Connects to the port of a machine's SSH server. Throws `unreachable`. */
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
    // By default Node tries each of several addresses for a quarter of a second only.
    autoSelectFamilyAttemptTimeout: 2000,
    family: families[configuration.one('addressfamily') ?? 'any'] ?? 0,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  // Data that arrives before somebody listens would be lost.
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
 * The memory that a socket reads into. Reusing it takes a third less processor time than new memory
 * for each read. But the library keeps parts of what it is given and checks them later: a server
 * that could overwrite a host key after it was judged, or its signature, would be believed. So
 * memory is only reused where the library is known to keep nothing.
 */
export class ReadMemory {
  /** Whether the memory may be overwritten once its content was given out. */
  isReused = false;

  /** The `onread` option for a socket that is about to be made. */
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
