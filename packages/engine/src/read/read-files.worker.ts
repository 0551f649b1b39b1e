import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is started with: the folders that a file is looked for in, in this order. */
export interface FilesThread {
  readonly folders: readonly string[];
  /** A file of more bytes is refused. */
  readonly maximumBytes: number;
}

/** The files that were asked for by one message, one behind the other. */
export interface FilesRead {
  readonly bytes: Uint8Array;
  /** Bytes of each file; -1 for one that does not exist. */
  readonly lengths: readonly number[];
  /** SHA-256 of each file in hexadecimal. */
  readonly hashes: readonly string[];
}

/** Why a file could not be read. */
export interface FileUnreadable {
  readonly unreadable: string;
}

const { folders, maximumBytes } = workerData as FilesThread;
let room = Buffer.allocUnsafeSlow(1 << 20);

parentPort?.on('message', (names: readonly string[]) => {
  const answer = readAll(names);
  if ('unreadable' in answer) parentPort?.postMessage(answer);
  else parentPort?.postMessage(answer, [answer.bytes.buffer as ArrayBuffer]);
});

function readAll(names: readonly string[]): FilesRead | FileUnreadable {
  const lengths: number[] = [];
  const hashes: string[] = [];
  let used = 0;
  for (const name of names) {
    try {
      const length = readInto(name, used);
      lengths.push(length);
      hashes.push(length < 0 ? '' : hash('sha256', room.subarray(used, used + length), 'hex'));
      used += Math.max(length, 0);
    } catch (error) {
      return { unreadable: `${name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  return { bytes: new Uint8Array(room.subarray(0, used)), lengths, hashes };
}

function readInto(name: string, at: number): number {
  const file = openFirst(name);
  if (file === undefined) return -1;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error('it is not a plain file');
    if (stats.size > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`);
    makeRoom(at + stats.size);
    return readWhole(file, at, stats.size);
  } finally {
    closeSync(file);
  }
}

/** Without waiting for a writer, should somebody have put a pipe in a file's place. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;

function openFirst(name: string): number | undefined {
  for (const folder of folders) {
    try {
      return openSync(`${folder}/${name}`, readOnly);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

function readWhole(file: number, at: number, size: number): number {
  let length = 0;
  while (length < size) {
    const count = readSync(file, room, at + length, size - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
}

function makeRoom(size: number): void {
  if (size <= room.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(size, room.length * 2));
  room.copy(larger);
  room = larger;
}
