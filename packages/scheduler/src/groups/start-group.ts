import { names, openAttempt } from '../attempts.ts';
import type { Farm } from '../farm.ts';
import { inputsHeld } from '../locality.ts';
import { bidOf } from '../placement.ts';
import { leaveLine } from './line-up.ts';
import { type GroupTurn, outranksKeeper } from './next-group.ts';

/** Gives every member its slot, and starts them together. */
export function startGroup(farm: Farm, { group, builders, run }: GroupTurn): void {
  leaveLine(farm, group);
  group.phase = { type: 'starting' };
  const attempts = builders.flatMap((builder, at) => {
    const step = group.members[at]?.step;
    if (step === undefined) return [];
    return [
      openAttempt(farm, step, { ...bidOf(builder, step, inputsHeld(step)), rivals: [] }, run),
    ];
  });
  if (farm.keeping !== undefined && !outranksKeeper(farm, run.priority)) {
    for (const attempt of attempts) farm.keeping.fillers.add(attempt);
  }
  farm.commands.push({ type: 'start-group', group: group.id, attempts: attempts.map(names) });
}
