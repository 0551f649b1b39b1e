import type { GroupEnded } from '@dispatch/engine/events';
import type { LoggedGroup } from '../build/run-tally.ts';

/** One run of groups whose only purpose is to see how they end. */
export interface Trial {
  /** Id of the run. */
  readonly run: string;
  /** The attempts that ended; a group that was lost with a machine may have a later one, too. */
  readonly attempts: readonly EndedGroup[];
}

/** An attempt that came to an end. */
export interface EndedGroup extends LoggedGroup {
  readonly ended: GroupEnded;
}

/** The attempts among these that came to an end. */
export function endedGroups(groups: Iterable<LoggedGroup>): EndedGroup[] {
  return [...groups].flatMap(({ ended, ...group }) =>
    ended === undefined ? [] : [{ ...group, ended }],
  );
}

/** The outcome of a trial: of a group that was tried again, the last attempt counts. */
export function trialOutcome({ attempts }: Trial): 'passed' | 'failed' | 'lost' {
  const last = new Map(attempts.map((attempt) => [attempt.planned.key, attempt.ended.outcome]));
  const outcomes = [...last.values()];
  if (outcomes.includes('failed')) return 'failed';
  const isWhole = outcomes.length > 0 && outcomes.every((outcome) => outcome === 'committed');
  return isWhole ? 'passed' : 'lost';
}
