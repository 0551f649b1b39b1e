import { existsSync, readFileSync } from 'node:fs';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationFile } from '@dispatch/graph/derivation-node';
import { messageOf } from '@dispatch/nix/message-of';
import { readNar } from '@dispatch/nix/nar/nar-reader';
import { type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import { narFromPath } from '@dispatch/protocol/operations/nar-from-path';
import { EngineError } from '../errors.ts';
import { nodeSha256 } from '../sha256.ts';
import type { DerivationSource } from './derivation-source.ts';

/** Larger than any `.drv` file that was ever seen, by far. */
const maximumDrvBytes = 64 * 1024 * 1024;

/**
 * The `.drv` files of the hub's store. They are read from the file system, since everybody may read
 * a local daemon's store; a file that is not there is fetched from the daemon, one NAR at a time.
 */
export class HubDerivations implements DerivationSource {
  readonly #hub: DaemonStore;
  readonly #root: string;

  /** `root` is the folder that is the hub's `/` on this machine: empty but for a store in a folder. */
  constructor(hub: DaemonStore, root = '') {
    this.#hub = hub;
    this.#root = root;
  }

  async read(paths: readonly StorePath[]): Promise<readonly DerivationFile[]> {
    const files = paths.map((path) => this.#fromDisk(path));
    const missing = paths.filter((_, index) => files[index] === undefined);
    const fetched = missing.length === 0 ? [] : await this.#fromDaemon(missing);
    return [...files.filter((file) => file !== undefined), ...fetched];
  }

  plainlyLacks(path: StorePath): boolean {
    return existsSync(this.#root + storeDirOf(path)) && !existsSync(this.#root + path);
  }

  // A small file from a warm cache takes some 15 microseconds this way, several times that through
  // the runtime's threads, and a level of a graph may have more files than a process may open.
  #fromDisk(path: StorePath): DerivationFile | undefined {
    try {
      const bytes = readFileSync(this.#root + path);
      return { path, bytes, contentHash: nodeSha256(bytes) };
    } catch {
      return undefined;
    }
  }

  async #fromDaemon(paths: readonly StorePath[]): Promise<DerivationFile[]> {
    const valid = await this.#hub.validPaths(paths);
    const missing = paths.find((path) => !valid.has(path));
    if (missing !== undefined) {
      const why = `${this.#hub.name} does not have it (any more)`;
      throw unreadable(missing, `${why}; evaluate its expression again, which makes it anew`);
    }
    return this.#hub.pool.withConnection(async (connection) => {
      const files: DerivationFile[] = [];
      for (const path of paths) {
        const chunks: Uint8Array[] = [];
        let size = 0;
        for await (const chunk of narFromPath(connection, path)) {
          size += chunk.length;
          if (size > maximumDrvBytes)
            throw unreadable(path, `it is larger than ${maximumDrvBytes} bytes`);
          chunks.push(chunk);
        }
        files.push(fileInNar(path, Buffer.concat(chunks)));
      }
      return files;
    });
  }
}

function fileInNar(path: StorePath, nar: Uint8Array): DerivationFile {
  try {
    const node = readNar(nar);
    if (node.kind !== 'regular') throw new TypeError(`it is a ${node.kind} and not a file`);
    return { path, bytes: node.contents, contentHash: nodeSha256(node.contents) };
  } catch (cause) {
    throw unreadable(path, messageOf(cause), cause);
  }
}

function unreadable(path: StorePath, why: string, cause?: unknown): EngineError {
  return new EngineError('unreadable-derivation', `cannot read ${path}: ${why}`, cause);
}
