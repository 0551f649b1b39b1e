import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, ownMark } from '@dispatch/ledger/lmdb/process-mark';
import type { ProcessMark } from '@dispatch/ledger/stored-values';
import type { Place } from './place.ts';

const claimName = /^owner-(\d{1,15})$/;

/**
 * Makes this process the one coordinator of a place; false if there is one already. Of several that
 * try at once, one succeeds. Claims are numbered files, each of which can be created only once. The
 * highest counts as long as its process lives, and is never removed: so nobody can mistake a number
 * that was in use for a free one, however long ago they looked.
 */
export function claimPlace({ folder }: Place): boolean {
  const own = join(folder, `claim-${process.pid}`);
  writeFileSync(own, JSON.stringify(ownMark()), { mode: 0o600 });
  try {
    for (;;) {
      const highest = highestClaim(folder);
      if (ownerOf(folder, highest) !== undefined) return false;
      if (!linked(own, join(folder, `owner-${highest + 1}`))) continue;
      if (highestClaim(folder) === highest + 1) return withoutLower(folder, highest + 1);
      rmSync(join(folder, `owner-${highest + 1}`), { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process that holds a place; undefined when none does. */
export function placeHolder({ folder }: Place): number | undefined {
  return ownerOf(folder, highestClaim(folder));
}

function highestClaim(folder: string): number {
  return Math.max(0, ...claims(folder));
}

function claims(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const number = claimName.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function ownerOf(folder: string, claim: number): number | undefined {
  const owner = claim === 0 ? undefined : readOwner(join(folder, `owner-${claim}`));
  return owner !== undefined && isAlive(owner) ? owner.pid : undefined;
}

function readOwner(file: string): ProcessMark | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is ProcessMark {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    'began' in value &&
    typeof value.began === 'string'
  );
}

/**
 * Creates a claim by a hard link, which appears complete or not at all, unlike a file that is being
 * written. False if it exists.
 */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function withoutLower(folder: string, own: number): true {
  for (const claim of claims(folder).filter((number) => number < own)) {
    rmSync(join(folder, `owner-${claim}`), { force: true });
  }
  return true;
}
