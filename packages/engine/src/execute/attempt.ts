import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { codeOf, storeFault } from '@dispatch/builders/errors';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import { decodeDerivation } from '@dispatch/nix/aterm/parse';
import { type BuildResult, isSuccess } from '@dispatch/nix/build-result';
import type { BasicDerivation } from '@dispatch/nix/derivation';
import { messageOf } from '@dispatch/nix/message-of';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '@dispatch/protocol/call-options';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import type { DaemonEvent } from '@dispatch/protocol/daemon-event';
import {
  type BuiltDerivation,
  buildAndDescribe,
} from '@dispatch/protocol/operations/build-derivation';
import { buildPathsWithResults } from '@dispatch/protocol/operations/build-paths-with-results';
import { queryPathInfos } from '@dispatch/protocol/operations/query-path-info';
import { plainText } from '@dispatch/protocol/wire/plain-text';
import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { mustBuildFromDrv } from '../plan/must-build-from-drv.ts';
import type { Agreement } from './agreement.ts';
import { bringInputs } from './bring-inputs.ts';
import { type BuildSettings, clientOptions } from './build-settings.ts';
import { assertMembersAsMade, assertNotOnMembers } from './members-as-made.ts';
import type { MadeOutputs, RunStores } from './run-stores.ts';
import { shutdownFault } from './terminated-build.ts';
import { type TimedBuild, withinLimits } from './timed-build.ts';

/** One try of a step on one builder. */
export interface Attempt {
  readonly step: PlannedStep;
  readonly store: DaemonStore;
  readonly settings: BuildSettings;
  readonly agreement: Agreement;
  /** Aborted when nobody wants the attempt any longer; its connections are closed then. */
  readonly signal: AbortSignal;
  /** Called when the build ended, well or not, with how long the builder took. */
  readonly onBuilt: (durationMs: number) => void;
  /** Called with each line of the build's log, without its end, in the builder's bytes. */
  readonly onLine: (line: string) => void;
  readonly onPhase: (phase: string) => void;
  /** Calls a store after a failure; resolves to whether it does not answer. */
  readonly isAway: (store: DaemonStore) => Promise<boolean>;
}

/** The outcome of an attempt, and what it made if it went well. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly made?: MadeOutputs;
}

/**
 * Brings the inputs to the builder, builds there and checks that the outputs are there. Never
 * throws: whatever goes wrong is an outcome, and says whether the derivation or the infrastructure
 * was at fault.
 */
export async function runAttempt(attempt: Attempt, stores: RunStores): Promise<AttemptEnd> {
  const { step, signal } = attempt;
  try {
    const inputs = stores.inputsOf(step);
    const isStranger = await doesNotTrustUs(attempt);
    // In the hub the inputs are valid already.
    const mustProveAll = isStranger && attempt.store !== stores.hub;
    if (mustProveAll) assertNotOnMembers(step, attempt.store, stores);
    const lost = await bringInputs(attempt, inputs, mustProveAll, stores);
    if (lost !== undefined) return { outcome: { type: 'inputs-lost', reason: lost } };
    await assertMembersAsMade(inputs, attempt.store, stores, signal);
    const fromDrv = isStranger || mustBuildFromDrv(step.node, stores.inputNodesOf(step));
    const { result, infos } = await build(attempt, stores, inputs, fromDrv);
    if (!isSuccess(result.status)) return { outcome: await failure(result, attempt) };
    const outputBytes = infos.reduce((sum, { narSize }) => sum + narSize, 0);
    return {
      outcome: { type: 'succeeded', outputBytes },
      made: { store: attempt.store, infos },
    };
  } catch (error) {
    if (signal.aborted) return { outcome: { type: 'stopped' } };
    const source = failedSource(error, attempt.store);
    return { outcome: { type: 'infrastructure-fault', reason: messageOf(error), source } };
  }
}

/** The result of a build and, if it went well, what the builder says of each of the outputs. */
interface Built {
  readonly result: BuildResult;
  readonly infos: readonly ValidPathInfo[];
}

/** The name of the store that failed to give inputs; undefined where the builder failed, or refused them. */
function failedSource(error: unknown, { name }: DaemonStore): string | undefined {
  const source = storeFault(error)?.store;
  return source === name || codeOf(error) === 'copy-refused' ? undefined : source;
}

/** A daemon that does not trust us takes only paths that prove themselves, and derivations only as files. */
async function doesNotTrustUs({ store, signal }: Attempt): Promise<boolean> {
  return (await store.facts({ signal })).trust === 'not-trusted';
}

async function build(
  attempt: Attempt,
  stores: RunStores,
  inputs: readonly StorePath[],
  fromDrv: boolean,
): Promise<Built> {
  const { step, store, settings, agreement, signal } = attempt;
  const derivation = basicDerivation(step.node, inputs);
  const request = { drvPath: step.node.path, derivation, mode: 'normal' } as const;
  const outputs = outputPathsOf(step.node);
  const usual = clientOptions(settings, store.settings, store === stores.hub);
  const work = async (connection: DaemonConnection): Promise<Built> => {
    await agreement.begin();
    const begunAt = performance.now();
    const { result, infos } = await withinLimits(timed(attempt), (options) =>
      fromDrv
        ? buildFromDrv(connection, step.node.path, outputs, options)
        : buildAndDescribe(connection, request, outputs, options),
    );
    const isGood = isSuccess(result.status);
    // When the outputs turn out to be there already, that says nothing of how long the build takes.
    if (!isGood || result.status === 'Built') attempt.onBuilt(performance.now() - begunAt);
    if (!isGood) return { result, infos: [] };
    // The daemon keeps what it built until its connection is closed.
    const made = allOf(infos, attempt);
    await agreement.settle(result.status, { store, infos: made });
    return { result, infos: made };
  };
  const options = { signal, settings: agreement.optionsFrom(usual), mayBeSilent: true };
  return store.pool.withConnection(work, options);
}

function timed(attempt: Attempt): TimedBuild {
  return { ...attempt, onEvent: (event) => pass(event, attempt) };
}

async function buildFromDrv(
  connection: DaemonConnection,
  drvPath: StorePath,
  outputs: readonly StorePath[],
  options: CallOptions,
): Promise<BuiltDerivation> {
  const targets = [{ kind: 'built', drvPath, outputs: '*' }] as const;
  const results = await buildPathsWithResults(connection, { targets, mode: 'normal' }, options);
  const [first] = results;
  if (first === undefined) throw new Error(`the daemon gave no result for ${drvPath}`);
  const { result } = first;
  const infos = isSuccess(result.status) ? await queryPathInfos(connection, outputs, options) : [];
  return { result, infos };
}

/** What the builder is sent: the derivation, with the paths of its inputs in place of derivations. */
function basicDerivation(node: DerivationNode, inputs: readonly StorePath[]): BasicDerivation {
  const { outputs, system, builder, args, env } = decodeDerivation(node.text);
  return { outputs, inputSrcs: inputs, system, builder, args, env };
}

function pass(event: DaemonEvent, { onLine, onPhase, agreement }: Attempt): void {
  if (event.type !== 'result') return;
  if (event.result.type === 'build-log-line') {
    agreement.hear(event.result.line);
    onLine(event.result.line);
  }
  if (event.result.type === 'set-phase') onPhase(plainText(event.result.phase));
}

/** Nix's words for a build that failed while less than 8 MiB were free, whatever the build itself says. */
const fullDisk = 'lack of free disk space';

/** Nix's words for an output that holds what no store takes: a pipe, a socket, a device. */
const unfitOutput = 'has an unsupported type';

async function failure(result: BuildResult, { store, signal }: Attempt): Promise<AttemptOutcome> {
  const { status, errorMessage } = result;
  const reason = await shutdownFault(result, store, signal);
  if (reason !== undefined) return { type: 'infrastructure-fault', reason };
  // A wrong system or feature, no space, a missing input: this builder could not; another may.
  if (status === 'MiscFailure' && !errorMessage.includes(unfitOutput)) {
    return { type: 'infrastructure-fault', reason: errorMessage };
  }
  if (status === 'TransientFailure' && errorMessage.includes(fullDisk)) {
    return { type: 'infrastructure-fault', reason: `its disk is full: ${errorMessage}` };
  }
  return { type: 'failed', status, message: errorMessage };
}

/** What the builder says of all outputs. Throws where one is missing: the daemon lied. */
function allOf(
  infos: readonly (ValidPathInfo | undefined)[],
  { step, store }: Attempt,
): readonly ValidPathInfo[] {
  const paths = outputPathsOf(step.node);
  const missing = paths.find((_, index) => infos[index] === undefined);
  if (missing !== undefined) throw new Error(`${store.name} built ${missing}, but lacks it`);
  return infos.filter((info) => info !== undefined);
}
