import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import {
  type DerivationFile,
  type DerivationNode,
  inputPaths,
  readNode,
} from '@dispatch/graph/derivation-node';
import type { KnownInputs } from '@dispatch/nix/aterm/derivation-text';
import { messageOf } from '@dispatch/nix/message-of';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import { nodeSha256 } from '../sha256.ts';
import type { DerivationFolder } from './derivation-folder.ts';

/** Larger than any `.drv` file that was ever seen, by far. */
const maximumDrvBytes = 64 * 1024 * 1024;

/** Memory is taken in pieces of this size, for some three hundred files each. */
const roomBytes = 1024 * 1024;

/** A rest of a piece is used while it is larger than this, as nearly every file is smaller. */
const leastRoomBytes = 64 * 1024;

/**
 * Reads the `.drv` files of a folder. They are read synchronously, one after the other: a small
 * file from a warm cache takes some ten microseconds so, and several times that through the
 * runtime's threads.
 */
export class FolderFiles {
  readonly #folders: readonly string[];
  #room = new Uint8Array(0);

  constructor(folder: DerivationFolder) {
    this.#folders = folder.folders;
  }

  /** The wanted derivations with everything below them; leaves out what the folder does not have. */
  readClosure(wanted: Iterable<StorePath>): DerivationNode[] {
    const nodes: DerivationNode[] = [];
    const known: KnownInputs = new Map();
    const seen = new Set<StorePath>(wanted);
    // The set grows while it is walked.
    for (const path of seen) {
      const file = this.read(path);
      if (file === undefined) continue;
      const node = readNode(file, known);
      nodes.push(node);
      for (const input of inputPaths(node)) seen.add(input);
    }
    return nodes;
  }

  /** Undefined when the folder does not have it. Throws `unreadable-derivation`. */
  read(path: StorePath): DerivationFile | undefined {
    const name = baseName(path);
    try {
      const file = this.#open(name);
      if (file === undefined) return undefined;
      const bytes = this.#readWhole(file);
      return { path, bytes, contentHash: nodeSha256(bytes) };
    } catch (cause) {
      const fault = `cannot read ${name}: ${messageOf(cause)}`;
      throw new EngineError('unreadable-derivation', fault, cause);
    }
  }

  #open(name: string): number | undefined {
    for (const folder of this.#folders) {
      try {
        return openSync(`${folder}/${name}`, readOnly);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }

  #readWhole(file: number): Uint8Array {
    try {
      if (this.#room.length < leastRoomBytes) this.#room = new Uint8Array(roomBytes);
      let size = 0;
      for (;;) {
        const count = readSync(file, this.#room, size, this.#room.length - size, null);
        size += count;
        // A read that does not fill the room was the file's last; were it not, the hash would tell.
        if (size < this.#room.length) break;
        this.#enlarge(size);
      }
      if (size === 0 && !fstatSync(file).isFile()) throw new Error('it is not a plain file');
      return this.#take(size);
    } finally {
      closeSync(file);
    }
  }

  #take(size: number): Uint8Array {
    const bytes = this.#room.subarray(0, size);
    this.#room = this.#room.subarray(size);
    return bytes;
  }

  #enlarge(used: number): void {
    if (used > maximumDrvBytes) throw new Error(`it is larger than ${maximumDrvBytes} bytes`);
    const larger = new Uint8Array(Math.max(roomBytes, used * 2));
    larger.set(this.#room);
    this.#room = larger;
  }
}

/** Opens without waiting for a writer, should somebody have put a pipe in a file's place. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;
