import { randomBytes } from 'node:crypto';
import { access, constants, lstat, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { OutputName } from '@dispatch/nix/derivation';
import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import { addIndirectRoot } from '@dispatch/protocol/operations/add-indirect-root';
import { EngineError } from '../errors.ts';
import type { ReportedRoot, WantedRoot } from '../plan/wanted-roots.ts';
import { isThere } from '../report/is-there.ts';
import type { RunResults } from '../report/run-report.ts';

/** A link as it was made. */
export interface OutLink {
  readonly link: string;
  readonly path: StorePath;
}

/**
 * Makes `result`, `result-dev`, `result-2`, … as `nix-build` names them, or `result-NAME` for a
 * root with a name for its links, and registers each with the hub, so that what it points at is not
 * collected as garbage. Without a prefix it makes none. Throws `out-link`.
 */
export async function makeOutLinks(
  hub: DaemonStore,
  prefix: string | undefined,
  roots: readonly ReportedRoot[],
): Promise<OutLink[]> {
  const links: OutLink[] = [];
  if (prefix === undefined) return links;
  for (const [index, root] of roots.entries()) {
    for (const { output, path } of root.paths) {
      const link = linkFor(prefix, root.link ?? numberOf(index), output);
      await replaceLink(link, path);
      await hub.pool.withConnection((connection) => addIndirectRoot(connection, link));
      links.push({ link, path });
    }
  }
  return links;
}

/**
 * The roots that get links: all when all are there, as with `nix-build`; else those that are there
 * and whose links have names of their own, which do not depend on the other roots.
 */
export function linkedRoots(report: Omit<RunResults, 'links'>): readonly ReportedRoot[] {
  const { outcome, roots } = report;
  if (outcome === 'succeeded') return roots;
  return roots.filter((root) => root.link !== undefined && isThere(root, report));
}

/**
 * Throws `out-link`, before anything is built, where no link could be made afterwards: something
 * that is not a link is in the way, the folder cannot be written to, or the hub is on another
 * machine.
 */
export async function assertLinksFree(
  hub: DaemonStore,
  prefix: string | undefined,
  roots: readonly WantedRoot[],
): Promise<void> {
  if (prefix === undefined) return;
  if (hub.isRemote) throw elsewhere(hub, prefix);
  await assertFolder(dirname(resolve(prefix)));
  for (const [index, { outputs, link = numberOf(index) }] of roots.entries()) {
    for (const output of outputs) await assertFree(linkFor(prefix, link, output));
  }
}

function elsewhere(hub: DaemonStore, prefix: string): EngineError {
  return new EngineError(
    'out-link',
    `no link ${prefix} is made: the results are on another machine, ${hub.name}, where a link here ` +
      "would keep nothing; leave out --out-link, and copy what you want here with 'nix copy'",
  );
}

function linkFor(prefix: string, link: string, output: OutputName): string {
  return resolve([prefix, link, output === 'out' ? '' : output].filter(isNotEmpty).join('-'));
}

function isNotEmpty(part: string): boolean {
  return part !== '';
}

/** The number in the names of a root's links; the first root has none. */
function numberOf(index: number): string {
  return index === 0 ? '' : String(index + 1);
}

async function assertFolder(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const text = `no link can be made in ${folder}: ${messageOf(cause)}; use --out-link or --no-link`;
    throw new EngineError('out-link', text, cause);
  }
}

async function assertFree(link: string): Promise<void> {
  if (await isLinkOrNothing(link)) return;
  throw new EngineError(
    'out-link',
    `${link} is in the way: it is not a link; name another with --out-link`,
  );
}

async function replaceLink(link: string, path: StorePath): Promise<void> {
  await assertFree(link);
  // Made beside it and renamed, so that there is a whole link at every moment.
  const temporary = join(dirname(link), `.dispatch-link-${randomBytes(8).toString('hex')}`);
  try {
    await symlink(path, temporary);
    await rename(temporary, link);
  } catch (cause) {
    await unlink(temporary).catch(() => {});
    throw new EngineError('out-link', `cannot make the link ${link}: ${messageOf(cause)}`, cause);
  }
}

async function isLinkOrNothing(link: string): Promise<boolean> {
  try {
    return (await lstat(link)).isSymbolicLink();
  } catch {
    return true;
  }
}
