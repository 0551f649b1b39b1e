import { closeSync, fchmodSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { printDerivationText } from '@dispatch/nix/aterm/print';
import { baseName, defaultStoreDir } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';

/**
 * Writes derivations under `<folder>/nix/store`. Each appears whole or not at all: it is written
 * aside and then given its name. Throws `unwritable`; what was written before stays.
 */
export function writeDerivationFiles(folder: string, nodes: Iterable<DerivationNode>): void {
  const store = join(folder, defaultStoreDir);
  try {
    mkdirSync(store, { recursive: true });
  } catch (cause) {
    throw unwritable(store, cause);
  }
  for (const node of nodes) writeWhole(store, baseName(node.path), printDerivationText(node.text));
}

function writeWhole(store: string, name: string, bytes: Uint8Array): void {
  const aside = join(store, `.${process.pid}.dispatch-tmp`);
  try {
    writeAside(aside, bytes);
    renameSync(aside, join(store, name));
  } catch (cause) {
    rmSync(aside, { force: true });
    throw unwritable(join(store, name), cause);
  }
}

function writeAside(file: string, bytes: Uint8Array): void {
  rmSync(file, { force: true });
  const descriptor = openSync(file, 'wx');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    // The mode of files in a Nix store.
    fchmodSync(descriptor, 0o444);
  } finally {
    closeSync(descriptor);
  }
}

function unwritable(path: string, cause: unknown): CommandError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : message;
  const advice =
    'nothing was left half-written; make room or choose another folder, and run it again';
  return new CommandError('unwritable', `cannot write ${path}: ${why}; ${advice}`, cause);
}
