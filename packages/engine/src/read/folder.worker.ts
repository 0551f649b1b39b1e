import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { type DerivationFile, readNode } from '@dispatch/graph/derivation-node';
import type { GraphError } from '@dispatch/graph/errors';
import { verifyPaths } from '@dispatch/graph/verify-paths';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { nodeSha256 } from '../sha256.ts';

/** What the thread is started with: the folders that a file is looked for in, in this order. */
export interface FolderThread {
  readonly folders: readonly string[];
  /** A file of more bytes is refused. */
  readonly maximumBytes: number;
}

/** What the thread is asked for: files, or whether all that was read below some roots is right. */
export type FolderRequest =
  | { readonly read: readonly StorePath[] }
  | { readonly verify: readonly StorePath[] };

/** One answer to each request, in the same order. */
export type FolderAnswer = FilesRead | FileUnreadable | Verification;

/** The files that were asked for, one behind the other, in memory that both threads see. */
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

/** What was found wrong, in the parts of a `GraphError`, which does not pass between threads. */
export interface Verification {
  readonly fault: Pick<GraphError, 'code' | 'message' | 'path'> | undefined;
}

const { folders, maximumBytes } = workerData as FolderThread;
let room = Buffer.allocUnsafeSlow(1 << 20);
const files: DerivationFile[] = [];

parentPort?.on('message', (request: FolderRequest) => {
  const answer = 'read' in request ? readAll(request.read) : verify(request.verify);
  parentPort?.postMessage(answer);
});

function verify(roots: readonly StorePath[]): Verification {
  try {
    verifyPaths(DerivationGraph.closure(files.map(readNode), roots), nodeSha256);
    return { fault: undefined };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'GraphError') throw error;
    const { code, message, path } = error as GraphError;
    return { fault: { code, message, path } };
  }
}

function readAll(paths: readonly StorePath[]): FilesRead | FileUnreadable {
  const lengths: number[] = [];
  let used = 0;
  for (const path of paths) {
    const name = baseName(path);
    try {
      const length = readInto(name, used);
      lengths.push(length);
      used += Math.max(length, 0);
    } catch (error) {
      return { unreadable: `${name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(used));
  bytes.set(room.subarray(0, used));
  return { bytes, lengths, hashes: keep(paths, lengths) };
}

/** Keeps the files for when they are to be verified, and gives their hashes. */
function keep(paths: readonly StorePath[], lengths: readonly number[]): string[] {
  let end = 0;
  return lengths.map((length, index) => {
    const path = paths[index];
    if (length < 0 || path === undefined) return '';
    const start = end;
    end += length;
    const contentHash = hash('sha256', room.subarray(start, end), 'hex');
    files.push({ path, text: room.toString('latin1', start, end), contentHash });
    return contentHash;
  });
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
