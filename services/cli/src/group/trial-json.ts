import { groupJson } from '../show/group-json.ts';
import { type Trial, trialOutcome } from './trial.ts';
import { tallyBuilders, tallyMembers } from './trial-tally.ts';

/** What trials say, for programs, as `docs/json.md` has it. */
export function trialsJson(trials: readonly Trial[]): object {
  const members = tallyMembers(trials);
  const outcomes = trials.map(trialOutcome);
  const number = (wanted: string): number => outcomes.filter((one) => one === wanted).length;
  return {
    passed: number('passed'),
    failed: number('failed'),
    lost: number('lost'),
    members,
    builders: tallyBuilders(members),
    trials: trials.map((trial) => ({
      run: trial.run,
      outcome: trialOutcome(trial),
      groups: trial.attempts.map(groupJson),
    })),
  };
}
