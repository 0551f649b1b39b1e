import type { StorePath } from '@dispatch/nix/store-path';
import type { RunId } from '@dispatch/scheduler/event';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { Execution, Results, Work } from './execution.ts';

/** Has steps carried out; see the executor. */
type CarryOut = (work: Work) => Promise<Results>;

/**
 * Builds again those inputs of a run's step that were lost with their machine. This is a run of its
 * own, with this id, so that they are built wherever they can be, and shared with all that need
 * them. Resolves to why that was in vain, or to undefined.
 */
export async function restoreInputs(
  execution: Execution,
  path: StorePath,
  run: RunId,
  carryOut: CarryOut,
): Promise<string | undefined> {
  const { work, signal } = execution;
  const steps = work.stores.stepsToRestore(execution.step(path).inputs);
  // Somebody else may have had them built meanwhile, or their machine is back.
  if (steps.length === 0) return undefined;
  const member = work.stores.memberAmong(steps);
  if (member !== undefined) return memberLost(member);
  const results = await carryOut({ ...work, run, steps, groups: [], signal });
  // Other runs that need them have them built for themselves.
  if (signal.aborted) return undefined;
  const bad = [...results].find(
    ([, result]) => !isGood(result) && result.type !== 'dependency-failed',
  );
  if (bad === undefined) return undefined;
  const [lost, result] = bad;
  return `${lost} was lost with its builder and could not be built again: ${whyNot(result)}`;
}

function memberLost(member: StorePath): string {
  return (
    `${member} was lost with its builder, and as a member of a group it is never built again by ` +
    'itself: the group needs another attempt'
  );
}

function whyNot(result: StepResult): string {
  switch (result.type) {
    case 'failed':
      return result.message;
    case 'faults-exhausted':
      return result.faults.at(-1)?.reason ?? 'it was lost each time';
    case 'group-lost':
    case 'group-failed':
      return result.reason;
    case 'group-timeout':
    case 'group-unfit':
    case 'unsupported':
      return 'no machine that is there can build it';
    case 'succeeded':
    case 'dependency-failed':
    case 'cancelled':
    default:
      return 'it was not built';
  }
}
