import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** The derivation graphs that stock Nix wrote for real package sets; `drvs-hello` is in every clone. */
export type GraphName = 'drvs-hello' | 'drvs-core-git' | 'drvs-nixos-plasma' | 'drvs-core-all';

/** What stock Nix made of such a graph when one package in it was given `serial = "1"`. */
export type OracleName = 'oracle-hello-curl' | 'oracle-hello-expat' | 'oracle-core-git-krb5';

/** A path before and after, as Nix computed both. */
export interface OldAndNew {
  readonly old: string;
  readonly new: string;
}

/** An oracle's JSON; see test/vectors/README.md. */
export interface Oracle {
  readonly baseTar: string;
  readonly attribute: string;
  readonly value: string;
  readonly tops: readonly OldAndNew[];
  readonly poisoned: readonly (OldAndNew & { readonly where: 'env' | '__json' })[];
  readonly changed: readonly (OldAndNew & {
    readonly outputs: Readonly<Record<string, OldAndNew>>;
  })[];
  readonly counts: {
    readonly oldDrvs: number;
    readonly newDrvs: number;
    readonly changed: number;
    readonly changedFixedOutput: number;
    readonly changedSameOutputs: number;
  };
}

const checkout = join(import.meta.dirname, '..');
const vectors = join(import.meta.dirname, 'vectors');
const largeGraphs = process.env['DISPATCH_TEST_DATA'] ?? join(checkout, '..', 'shared', 'data');
const cache = join(checkout, 'node_modules', '.cache', 'dispatch-test-data');

/**
 * The folder in which `nix/store/*.drv` of a graph, or of an oracle's changed derivations, lie unpacked; undefined
 * where this clone does not have it.
 */
export function unpacked(name: GraphName | OracleName): string | undefined {
  const archive = locate(`${name}.tar.xz`);
  return archive === undefined ? undefined : unpackOnce(archive);
}

/** The same for a test that cannot do without: it is skipped, and the run says why. */
export function unpackedOrSkip(context: TestContext, name: GraphName | OracleName): string {
  return unpacked(name) ?? skip(context, `${name}.tar.xz`);
}

/** What Nix computed; the test is skipped where this clone does not have it. */
export function oracleOrSkip(context: TestContext, name: OracleName): Oracle {
  const file = locate(`${name}.json`) ?? skip(context, `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Oracle;
}

function locate(fileName: string): string | undefined {
  return [vectors, largeGraphs].map((folder) => join(folder, fileName)).find(existsSync);
}

function skip(context: TestContext, fileName: string): never {
  return context.skip(`no ${fileName}: set DISPATCH_TEST_DATA to the folder that has it`);
}

/**
 * Unpacks an archive, if nobody has. Several processes may do so at once: each unpacks aside, and the first to
 * finish puts its folder in place.
 */
function unpackOnce(archive: string): string {
  const hash = createHash('sha256').update(readFileSync(archive)).digest('hex').slice(0, 16);
  const folder = join(cache, hash);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  execFileSync('tar', ['--extract', '--xz', '--file', archive, '--directory', aside]);
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
