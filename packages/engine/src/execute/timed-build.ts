import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuildResult } from '@dispatch/nix/build-result';
import type { CallOptions } from '@dispatch/protocol/call-options';
import type { DaemonEvent } from '@dispatch/protocol/daemon-event';
import type { BuiltDerivation } from '@dispatch/protocol/operations/build-derivation';
import type { BuildSettings } from './build-settings.ts';
import { LimitWatch } from './limit-watch.ts';

/** A build on one builder, whose limits are to be kept. */
export interface TimedBuild {
  readonly store: DaemonStore;
  readonly settings: BuildSettings;
  readonly signal: AbortSignal;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** A limit that a build ran into. */
interface PassedLimit {
  readonly option: 'timeout' | 'max-silent-time';
  readonly seconds: number;
}

/**
 * Runs `build`, and says of a time-out which limit it was. Where a build takes too long and its
 * builder does not end it, we do: if the machine still answers, that is a time-out like any other;
 * if not, its link is lost, which says nothing about the build and is thrown. Only the builder can
 * tell whether a build is silent: we check that the builder is still there.
 */
export async function withinLimits(
  { store, settings, signal, onEvent }: TimedBuild,
  build: (options: Required<CallOptions>) => Promise<BuiltDerivation>,
): Promise<BuiltDerivation> {
  const ended = new AbortController();
  const watch = new LimitWatch(settings, {
    onTimeout: () => ended.abort(tooLong),
    onSilence: () => void store.pool.mustAnswer(signal).catch((fault) => ended.abort(fault)),
  });
  try {
    const built = await build({
      signal: AbortSignal.any([signal, ended.signal]),
      onEvent: (event) => {
        if (event.type === 'activity-started' && event.activity === 'build') watch.begin();
        if (event.type === 'result') watch.heard();
        onEvent(event);
      },
    });
    const { result, infos } = built;
    return result.status === 'TimedOut' ? { result: explained(result, settings), infos } : built;
  } catch (error) {
    if (signal.aborted || !ended.signal.aborted) throw error;
    if (ended.signal.reason !== tooLong) throw ended.signal.reason;
    await store.pool.mustAnswer(signal);
    return { result: timedOut(settings), infos: [] };
  } finally {
    watch.end();
  }
}

/** The reason of the abort when we end a build ourselves although its machine may answer. */
const tooLong = new Error('the build took too long');

function timedOut({ timeout: seconds = 0 }: BuildSettings): BuildResult {
  const advice = adviceFor([{ option: 'timeout', seconds }]);
  return {
    status: 'TimedOut',
    errorMessage: `it took longer than ${seconds} s and its builder did not end it; ${advice}`,
    timesBuilt: 0,
    isNonDeterministic: false,
    startTime: 0,
    stopTime: 0,
    cpuUser: undefined,
    cpuSystem: undefined,
    builtOutputs: new Map(),
  };
}

function explained(result: BuildResult, settings: BuildSettings): BuildResult {
  const advice = adviceFor(limitsNamed(result.errorMessage, settings));
  return { ...result, errorMessage: `${result.errorMessage.trim()}; ${advice}` };
}

/** The limits that a time-out may have hit: newer daemons do not name it, only its number of seconds. */
function limitsNamed(message: string, settings: BuildSettings): PassedLimit[] {
  const seconds = Number(/after (\d+) second/.exec(message)?.[1]);
  const limits: PassedLimit[] = [
    { option: 'timeout', seconds: settings.timeout ?? 0 },
    { option: 'max-silent-time', seconds: settings.maxSilentTime },
  ];
  const isSilence = message.includes('of silence');
  return limits.filter(
    (limit) => limit.seconds === seconds && (limit.option === 'max-silent-time' || !isSilence),
  );
}

function adviceFor(limits: readonly PassedLimit[]): string {
  if (limits.length === 0) {
    return "that is a limit of the builder's own nix.conf, which --timeout overrides";
  }
  const names = limits.map(({ option, seconds }) => `--${option} (now ${seconds}, 0 is no limit)`);
  return `raise ${names.join(' or ')}, or what nix.conf says`;
}
