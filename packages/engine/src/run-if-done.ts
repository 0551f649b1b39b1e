import { setImmediate as turn } from 'node:timers/promises';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Ledger } from '@dispatch/ledger/ledger';
import { holdPaths } from '@dispatch/protocol/operations/hold-paths';
import { assertLinksFree, makeOutLinks } from './collect/out-links.ts';
import type { EventSink } from './events.ts';
import { lookUpSerials } from './look-up/look-up-serials.ts';
import { makeReal } from './plan/make-real.ts';
import { type ReportedRoot, rootPaths } from './plan/wanted-roots.ts';
import type { DerivationSource } from './read/derivation-source.ts';
import { evaluatedGraph, readClosure } from './read/read-graph.ts';
import { poisonFound } from './report/progress.ts';
import { RunRecorder } from './report/run-recorder.ts';
import { nothingDone, type RunReport } from './report/run-report.ts';
import { rewriteRoots } from './rewrite/rewrite-roots.ts';
import { RunHoldings } from './stores/run-holdings.ts';
import type { RunRequest } from './world.ts';

/** Everything outside that a run with nothing to do touches. */
export interface IdleWorld {
  /** Belongs to the caller, who closes it; nobody else uses it. */
  readonly hub: DaemonStore;
  readonly source: DerivationSource;
  /** Called while the hub is being connected to; the run closes the ledger. */
  readonly openLedger: () => Promise<Ledger>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The part of a request that such a run needs. */
export type IdleRequest = Pick<RunRequest, 'id' | 'roots' | 'outLink'>;

/**
 * Does a run whose outputs are all in the hub: read → look up → rewrite → report, without asking
 * any builder. Resolves to undefined, with nothing told or recorded, where an output is missing, or
 * where there are groups, whose paths only planning settles.
 */
export async function runIfDone(
  request: IdleRequest,
  world: IdleWorld,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunReport | undefined> {
  // The handshake goes on while everything is read, by a message at each `turn`.
  world.hub.facts({ signal }).catch(() => {});
  const ledger = await world.openLedger();
  try {
    return await conclude(request, { ...world, ledger }, onEvent, signal);
  } finally {
    await ledger.close();
  }
}

async function conclude(
  { id, roots: requested, outLink }: IdleRequest,
  { hub, source, ledger, now }: IdleWorld & { readonly ledger: Ledger },
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunReport | undefined> {
  const drvPaths = requested.map(({ drvPath }) => drvPath);
  await turn();
  const nodes = await readClosure(drvPaths, source);
  await turn();
  const given = evaluatedGraph(nodes, drvPaths, ledger.variable);
  await turn();
  const lookUp = await lookUpSerials(given.original, ledger.poison);
  const graph = rewriteRoots(given, lookUp, ledger.variable);
  await turn();
  if (graph.groups.length > 0) return undefined;
  const wanted = await makeReal(graph, requested, { hub, holdings: new RunHoldings(), signal });
  const roots = rootPaths(wanted, graph);
  if (!(await areHeld(roots, hub, signal))) return undefined;
  onEvent(poisonFound(lookUp, graph));
  await assertLinksFree(hub, outLink, wanted);
  onEvent({ type: 'planned', steps: [], substitutes: [], present: 0, groups: [] });
  const recorder = new RunRecorder(id, ledger, onEvent);
  await recorder.begin(now(), wanted, []);
  const links = await makeOutLinks(hub, outLink, roots);
  await recorder.finish('succeeded', now());
  return { run: id, outcome: 'succeeded', roots, links, ...nothingDone };
}

/** Whether all outputs are in the hub; they stay there until the connection to it is closed. */
async function areHeld(
  roots: readonly ReportedRoot[],
  hub: DaemonStore,
  signal: AbortSignal,
): Promise<boolean> {
  // What is content-addressed has no path before it is built.
  if (roots.some(({ outputs, paths }) => paths.length < outputs.length)) return false;
  const wanted = [...new Set(roots.flatMap(({ paths }) => paths.map(({ path }) => path)))];
  const held = await hub.pool.withConnection(
    (connection) => holdPaths(connection, { rooted: wanted, asked: wanted }, { signal }),
    { signal },
  );
  return new Set(held).size === wanted.length;
}
