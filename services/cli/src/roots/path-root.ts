import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { parseDerivedPath } from '@dispatch/nix/derived-path';
import { isDerivationPath, isStorePath, type StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';

const maximumLinks = 40;

/** Whether a word means a path in the store, and is nothing to evaluate: a path there, a link to one, or any `.drv`. */
export function isPathRoot(word: string): boolean {
  const { place } = splitOutputs(word);
  return (
    place.startsWith('/nix/store/') || place.endsWith('.drv') || storeTarget(place) !== undefined
  );
}

/**
 * Reads `/nix/store/….drv`, a link to it, or either with the outputs that are wanted: `!out,dev`, or
 * `^out,dev` as newer Nix has it. Without them, all are. Throws `bad-argument`.
 */
export function parsePathRoot(word: string): RequestedRoot {
  const { place, outputs } = splitOutputs(word);
  const path = storeTarget(place);
  if (path === undefined) {
    throw refused(word, 'it is neither a path in /nix/store nor a link to one');
  }
  if (!isDerivationPath(path)) {
    throw refused(word, `${path} is not a derivation; try nix-store --query --deriver on it`);
  }
  if (outputs === undefined) return { drvPath: path, outputs: 'all' };
  const parsed = parseDerivedPath(`${path}!${outputs}`);
  const named = parsed.kind === 'built' ? parsed.outputs : '*';
  return { drvPath: path, outputs: named === '*' ? 'all' : named };
}

function splitOutputs(word: string): { place: string; outputs: string | undefined } {
  const [, place = word, outputs] = /^(.*?\.drv|[^!^]*)[!^](.*)$/.exec(word) ?? [];
  return { place, outputs };
}

/**
 * The store path to which a chain of links leads. Only the text of the links counts: a store may lie in
 * a folder, and then its paths do not exist under their own names.
 */
function storeTarget(place: string): StorePath | undefined {
  for (let at = resolve(place), links = 0; links < maximumLinks; links += 1) {
    if (isStorePath(at)) return at;
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
    at = resolve(dirname(at), readlinkSync(at));
  }
  return undefined;
}

function refused(word: string, why: string): CommandError {
  return new CommandError('bad-argument', `'${word}' is nothing to build: ${why}`);
}
