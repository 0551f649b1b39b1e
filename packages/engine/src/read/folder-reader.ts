import { Worker } from 'node:worker_threads';
import { type DerivationNode, inputPaths, readNode } from '@dispatch/graph/derivation-node';
import { GraphError } from '@dispatch/graph/errors';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { DerivationFolder } from './derivation-folder.ts';
import type { FilesRead, FolderAnswer, FolderRequest, FolderThread } from './folder.worker.ts';

/** Larger than any recipe that was ever seen, by far. */
const maximumDrvBytes = 64 * 1024 * 1024;

/** Files asked for at once: few enough that the first are read soon, many enough for a message. */
const batchSize = 128;

/**
 * Reads the derivations of a folder with the help of a second thread, which reads and hashes files
 * while this one parses those that came before, and verifies all of them while this one rewrites.
 */
export class FolderReader {
  readonly #worker: Worker;
  /** What to do with the next answers; the thread answers in the order in which it is asked. */
  readonly #waiting: Waiting[] = [];

  constructor(folder: DerivationFolder) {
    const thread: FolderThread = { folders: folder.folders, maximumBytes: maximumDrvBytes };
    // The thread's code is always the built one: Node cannot load TypeScript in a thread.
    const url = new URL('../../dist/read/folder.worker.js', import.meta.url);
    this.#worker = new Worker(url, { workerData: thread });
    this.#worker.on('message', (answer: FolderAnswer) => this.#waiting.shift()?.resolve(answer));
    this.#worker.on('error', (error) => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    });
  }

  /** Derivations with everything below them that the folder has; what it has not is left out. */
  async read(wanted: readonly StorePath[]): Promise<DerivationNode[]> {
    const nodes: DerivationNode[] = [];
    const seen = new Set<StorePath>();
    const readAll = async (paths: readonly StorePath[]): Promise<void> => {
      const unseen = paths.filter((path) => !seen.has(path) && seen.add(path));
      await Promise.all(inBatches(unseen).map(readBatch));
    };
    const readBatch = async (batch: readonly StorePath[]): Promise<void> => {
      const found = nodesOf(batch, readFiles(await this.#ask({ read: batch })));
      for (const node of found) nodes.push(node);
      await readAll(found.flatMap(inputPaths));
    };
    await readAll(wanted);
    return nodes;
  }

  /**
   * Recomputes every path of what was read below the roots, in the other thread. Throws what
   * `verifyPaths` and `DerivationGraph.closure` throw.
   */
  async verify(roots: readonly StorePath[]): Promise<void> {
    const answer = await this.#ask({ verify: roots });
    if (!('fault' in answer)) throw new TypeError('the thread did not verify what it was asked to');
    const { fault } = answer;
    if (fault !== undefined) throw new GraphError(fault.code, fault.message, fault.path);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: FolderRequest): Promise<FolderAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }
}

interface Waiting {
  readonly resolve: (answer: FolderAnswer) => void;
  readonly reject: (error: unknown) => void;
}

function inBatches(paths: readonly StorePath[]): (readonly StorePath[])[] {
  const batches: (readonly StorePath[])[] = [];
  for (let at = 0; at < paths.length; at += batchSize)
    batches.push(paths.slice(at, at + batchSize));
  return batches;
}

function readFiles(answer: FolderAnswer): FilesRead {
  if ('lengths' in answer) return answer;
  const fault = 'unreadable' in answer ? answer.unreadable : 'no file was asked for';
  throw new EngineError('unreadable-derivation', `cannot read ${fault}`);
}

function nodesOf(paths: readonly StorePath[], answer: FilesRead): DerivationNode[] {
  const bytes = Buffer.from(answer.bytes.buffer);
  const nodes: DerivationNode[] = [];
  let end = 0;
  for (const [index, path] of paths.entries()) {
    const length = answer.lengths[index] ?? -1;
    if (length < 0) continue;
    const text = bytes.toString('latin1', end, end + length);
    end += length;
    nodes.push(readNode({ path, text, contentHash: answer.hashes[index] ?? '' }));
  }
  return nodes;
}
