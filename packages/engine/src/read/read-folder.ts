import { Worker } from 'node:worker_threads';
import { type DerivationNode, inputPaths, readNode } from '@dispatch/graph/derivation-node';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { DerivationFolder } from './derivation-folder.ts';
import type { FilesRead, FilesThread, FileUnreadable } from './read-files.worker.ts';

/** Larger than any recipe that was ever seen, by far. */
const maximumDrvBytes = 64 * 1024 * 1024;

/** Files asked for at once: few enough that the first are read soon, many enough to be worth a message. */
const batchSize = 128;

/**
 * Derivations with everything below them that the folder has; what it has not is left out. A second
 * thread reads and hashes files while this one parses those that came before.
 */
export async function readFolder(
  folder: DerivationFolder,
  wanted: readonly StorePath[],
): Promise<DerivationNode[]> {
  const thread: FilesThread = { folders: folder.folders, maximumBytes: maximumDrvBytes };
  // The thread's code is always the built one: Node cannot load TypeScript in a thread.
  const url = new URL('../../dist/read/read-files.worker.js', import.meta.url);
  const worker = new Worker(url, { workerData: thread });
  try {
    return await readThrough(worker, wanted);
  } finally {
    await worker.terminate();
  }
}

function readThrough(worker: Worker, wanted: readonly StorePath[]): Promise<DerivationNode[]> {
  const nodes: DerivationNode[] = [];
  const seen = new Set<StorePath>();
  const asked: (readonly StorePath[])[] = [];

  const ask = (paths: readonly StorePath[]): void => {
    const unseen = paths.filter((path) => !seen.has(path) && seen.add(path));
    for (let at = 0; at < unseen.length; at += batchSize) {
      const batch = unseen.slice(at, at + batchSize);
      asked.push(batch);
      worker.postMessage(batch.map(baseName));
    }
  };
  const take = (answer: FilesRead): void => {
    const found = nodesOf(asked.shift() ?? [], answer);
    for (const node of found) nodes.push(node);
    ask(found.flatMap(inputPaths));
  };
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (answer: FilesRead | FileUnreadable) => {
      try {
        take(assertReadable(answer));
        if (asked.length === 0) resolve(nodes);
      } catch (error) {
        reject(error);
      }
    });
    ask(wanted);
    if (asked.length === 0) resolve(nodes);
  });
}

function assertReadable(answer: FilesRead | FileUnreadable): FilesRead {
  if (!('unreadable' in answer)) return answer;
  throw new EngineError('unreadable-derivation', `cannot read ${answer.unreadable}`);
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
