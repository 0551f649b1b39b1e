import * as fc from 'fast-check';
import type { AttemptOutcome, SchedulerEvent, StepRequest } from '../src/event.ts';
import { offer, presentAt, request, stepId } from './driver.ts';
import { grouped, groupNews } from './group-moves.ts';
import type { Model } from './model.ts';

/** A move that becomes an event once it is known what runs at that moment. */
export type Move = (model: Model, at: number) => SchedulerEvent | undefined;

const builderNames = ['p', 'q', 's', 't'] as const;
const stepNames = Array.from({ length: 14 }, (_, at) => `n${at}`);

function pick<T>(items: Iterable<T>, number: number): T | undefined {
  const list = [...items];
  return list[number % list.length];
}

const stepRequests: fc.Arbitrary<StepRequest[]> = fc
  .record({
    names: fc.subarray(stepNames),
    edges: fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 30 }),
    kvm: fc.subarray(stepNames, { maxLength: 4 }),
    board: fc.subarray(stepNames, { maxLength: 6 }),
    arm: fc.subarray(stepNames, { maxLength: 3 }),
    present: fc.subarray(stepNames, { maxLength: 2 }),
    weights: fc.array(fc.constantFrom(undefined, 1, 100, 10_000), { minLength: 14 }),
  })
  .map(({ names, edges, kvm, board, arm, present, weights }) =>
    names.map((name) =>
      request(name, {
        system: arm.includes(name) ? 'aarch64-linux' : 'x86_64-linux',
        requiredFeatures: [
          ...(kvm.includes(name) ? ['kvm'] : []),
          ...(board.includes(name) ? ['board'] : []),
        ],
        present: present.includes(name) ? [presentAt(name, ['p', 'z'], 10 ** 7)] : undefined,
        weight: weights[stepNames.indexOf(name)],
        dependencies: edges
          .filter(([from, to]) => `n${from}` === name && to < from && names.includes(`n${to}`))
          .map(([, to]) => stepId(`n${to}`)),
      }),
    ),
  );

const addRun: fc.Arbitrary<Move> = fc
  .tuple(stepRequests.chain(grouped), fc.boolean(), fc.constantFrom(0, 0, 1))
  .map(([{ steps, groups }, keepGoing, priority]) => (model, at) => {
    // A derivation asks for the same things whoever builds it.
    const consistent = steps.map((wanted) => {
      const known = model.steps.get(wanted.id)?.request ?? wanted;
      return { ...wanted, system: known.system, requiredFeatures: known.requiredFeatures };
    });
    return { type: 'run-added', run: `r${at}`, keepGoing, priority, steps: consistent, groups };
  });

const cancelRun: fc.Arbitrary<Move> = fc.nat().map((number) => (model) => {
  const run = pick(model.runs.keys(), number);
  return run === undefined ? undefined : { type: 'run-cancelled', run };
});

const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<AttemptOutcome>({ type: 'succeeded' }) },
  fc.constant<AttemptOutcome>({ type: 'failed', status: 'PermanentFailure', message: 'exit 1' }),
  {
    weight: 2,
    arbitrary: fc.constant<AttemptOutcome>({ type: 'infrastructure-fault', reason: 'refused' }),
  },
  fc.constant<AttemptOutcome>({ type: 'infrastructure-fault', reason: 'unread', source: 'p' }),
  fc.constant<AttemptOutcome>({ type: 'inputs-lost', reason: 'their builder died' }),
  fc.constant<AttemptOutcome>({ type: 'stopped' }),
);

const endAttempt: fc.Arbitrary<Move> = fc
  .tuple(fc.nat(), outcome)
  .map(([number, how]) => (model) => {
    const attempt = pick(model.attempts.keys(), number);
    if (attempt === undefined) return undefined;
    return { type: 'attempt-ended', attempt, outcome: how };
  });

const lateNews: fc.Arbitrary<Move> = fc.nat(20).map((attempt) => (model) => {
  if (model.attempts.has(attempt)) return undefined;
  return { type: 'attempt-ended', attempt, outcome: { type: 'succeeded' } };
});

/** However long a rest was to last, and whether or not it was asked for. */
const restEnds: fc.Arbitrary<Move> = fc.constantFrom(...stepNames).map((name) => () => ({
  type: 'step-rested',
  step: stepId(name),
}));

const restored: fc.Arbitrary<Move> = fc
  .tuple(fc.constantFrom(...stepNames), fc.constantFrom(undefined, 'it does not build'))
  .map(([name, fault]) => () => ({ type: 'inputs-restored', step: stepId(name), fault }));

/** Whether or not it was asked for. */
const watch: fc.Arbitrary<Move> = fc.integer({ min: 1, max: 6 }).map((number) => () => ({
  type: 'watch-ended',
  watch: number,
}));

const addBuilder: fc.Arbitrary<Move> = fc
  .record({
    name: fc.constantFrom(...builderNames),
    slots: fc.nat(3),
    speedFactor: fc.constantFrom(0.5, 1, 2),
    systems: fc.subarray(['x86_64-linux', 'aarch64-linux']),
    supportedFeatures: fc.subarray(['kvm']),
    resources: fc.constantFrom(undefined, { board: 1 }, { board: 2 }),
    mandatoryFeatures: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.constant(['kvm'])),
  })
  .map((given) => (model) => {
    if (model.builders.has(given.name)) return undefined;
    return { type: 'builder-added', builder: offer(given.name, given) };
  });

const news = 'up up down removed hub-down hub-up hub-up draining skipped resumed resumed'.split(
  ' ',
);

const builderNews: fc.Arbitrary<Move> = fc
  .tuple(fc.constantFrom(...builderNames), fc.constantFrom(...news))
  .map(([builder, what]) => () => {
    switch (what) {
      case 'up':
        return { type: 'builder-up', builder };
      case 'draining':
        return { type: 'builder-draining', builder };
      case 'skipped':
        return { type: 'builder-skipped', builder };
      case 'resumed':
        return { type: 'builder-resumed', builder };
      case 'down':
        return { type: 'builder-down', builder, reason: 'cut' };
      case 'removed':
        return { type: 'builder-removed', builder, reason: 'sold' };
      case 'hub-down':
        return { type: 'hub-down', reason: 'cut' };
      case 'hub-up':
        return { type: 'hub-up' };
      default:
        return undefined;
    }
  });

/** A farm that can hold the groups. */
const largeFarm: Move[] = ['p', 'q', 's'].map((name) => (model) => {
  if (model.builders.has(name)) return undefined;
  const given = { slots: 2, supportedFeatures: ['kvm'], resources: { board: 2 } };
  const systems = ['x86_64-linux', 'aarch64-linux'];
  return { type: 'builder-added', builder: offer(name, { systems, ...given }) };
});

const anyMoves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: addRun },
    { weight: 1, arbitrary: cancelRun },
    { weight: 2, arbitrary: addBuilder },
    { weight: 2, arbitrary: builderNews },
    { weight: 10, arbitrary: endAttempt },
    { weight: 1, arbitrary: lateNews },
    { weight: 1, arbitrary: restEnds },
    { weight: 1, arbitrary: restored },
    { weight: 1, arbitrary: watch },
    { weight: 3, arbitrary: groupNews },
  ),
  { minLength: 5, maxLength: 80, size: 'max' },
);

/** Runs come and are cancelled, builders come, go, fail and refuse, in any order. */
export const moves: fc.Arbitrary<Move[]> = fc
  .tuple(fc.boolean(), anyMoves)
  .map(([isLarge, rest]) => [...(isLarge ? largeFarm : []), ...rest]);
