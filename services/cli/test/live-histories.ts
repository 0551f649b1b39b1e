import type { PlannedGroup, RunEvent, StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import fc from 'fast-check';
import { initialLive, type LiveState } from '../src/live/live-state.ts';
import { reduce } from '../src/live/reduce.ts';
import { render } from '../src/live/render.ts';
import { type Screen, unicodeSymbols } from '../src/live/styled-line.ts';

export function drv(name: string): StorePath {
  return `/nix/store/${'0'.repeat(32)}-${name}.drv` as StorePath;
}

/** A plan by the names of steps, inputs first: what each waits for, and what it took the last time. */
export function plan(
  steps: Readonly<Record<string, readonly string[]>>,
  expected: Readonly<Record<string, number>> = {},
): Extract<RunEvent, { type: 'planned' }> {
  const outlooks = Object.entries(steps).map(([name, dependencies]): StepOutlook => {
    const identity = { original: drv(name), rewritten: drv(name), name, system: 's', outputs: [] };
    return { ...identity, dependencies: dependencies.map(drv), expectedMs: expected[name] };
  });
  return { type: 'planned', steps: outlooks, substitutes: [], present: 0, groups: [] };
}

/** The same with groups among the steps, by name: the members of each. */
export function planWith(
  planned: Extract<RunEvent, { type: 'planned' }>,
  groups: Readonly<Record<string, readonly string[]>>,
): Extract<RunEvent, { type: 'planned' }> {
  const marked = Object.entries(groups).map(
    ([group, members]): PlannedGroup => ({
      group: drv(group),
      join: drv(group),
      key: group.replace(/2$/, ''),
      id: '3f9a2c1b'.repeat(8),
      name: group,
      mark: 'first',
      members: members.map((one) => ({ name: one, role: one, step: drv(one) })),
    }),
  );
  return { ...planned, groups: marked };
}

export function reserved(group: string, places: Readonly<Record<string, string>>): RunEvent {
  const all = Object.entries(places).map(([member, builder]) => ({
    member,
    builder,
    step: drv(member),
  }));
  return { type: 'group-reserved', group: drv(group), places: all };
}

export function befell(
  group: string,
  type: 'group-started' | 'group-committing' | 'group-ended' | 'group-requeued',
): RunEvent {
  const about = { group: drv(group) };
  if (type === 'group-requeued') return { type, ...about, reason: 'a machine was lost' };
  if (type !== 'group-ended') return { type, ...about };
  const rest = { cause: undefined, logFile: undefined, startedAt: undefined, lastLines: [] };
  const none = { durationMs: undefined, members: [] };
  return { type, ...about, outcome: 'committed', ...rest, ...none };
}

export function called(group: string, member: string, call: string, detail: string): RunEvent {
  return { type: 'group-call', group: drv(group), member, call, detail, atMs: 0 };
}

export function ready(builder: string, slots: number): RunEvent {
  return { type: 'builder-ready', builder, nixVersion: undefined, slots };
}

export function started(name: string, builder = 'ssh-ng://me@one'): RunEvent {
  return { type: 'step-started', step: drv(name), name, builder };
}

export function logged(name: string, line: string): RunEvent {
  return { type: 'step-log', step: drv(name), name, line };
}

export function ended(name: string, type: StepResult['type'] = 'succeeded'): RunEvent {
  const rest = { durationMs: 5, logFile: undefined, lastLines: [] };
  return { type: 'step-ended', step: drv(name), name, result: results[type], ...rest };
}

const results: { readonly [Type in StepResult['type']]: Extract<StepResult, { type: Type }> } = {
  succeeded: { type: 'succeeded', builder: 'one', attempt: 1 },
  failed: { type: 'failed', builder: 'one', attempt: 1, status: 'PermanentFailure', message: '' },
  'dependency-failed': { type: 'dependency-failed', cause: drv('a') },
  'faults-exhausted': { type: 'faults-exhausted', faults: [] },
  unsupported: { type: 'unsupported', obstacles: [] },
  'group-failed': { type: 'group-failed', group: drv('a'), cause: drv('a'), reason: '' },
  'group-lost': { type: 'group-lost', group: drv('a'), reason: '', builder: undefined },
  'group-unfit': {
    type: 'group-unfit',
    group: drv('a'),
    misfit: { type: 'places', steps: [], places: [], hosts: 'any' },
  },
  'group-timeout': { type: 'group-timeout', group: drv('a'), queueMs: 1 },
  cancelled: { type: 'cancelled', because: 'run-cancelled' },
};

export function copying(copy: number, step: string | undefined, done: number): RunEvent {
  return {
    type: 'copy-progress',
    copy,
    from: 'ssh-ng://me@one',
    to: 'ssh-ng://me@two:22',
    step: step === undefined ? undefined : drv(step),
    path: '/nix/store/00000000000000000000000000000000-library' as StorePath,
    pathsDone: 0,
    pathsTotal: 3,
    bytesDone: done,
    bytesTotal: 10_000_000,
  };
}

/** The state after events, each a second after the one before; the first at time 0. */
export function after(events: readonly RunEvent[]): LiveState {
  return events.reduce((state, event, index) => reduce(state, event, index * 1000), initialLive(0));
}

export const screen = { columns: 80, rows: 24, symbols: unicodeSymbols };

/** The texts of the lines of the view, without their colours. */
export function rendered(state: LiveState, now: number, on: Screen = screen): string[] {
  return render(state, on, now).map((line) => line.map(({ text }) => text).join(''));
}

const names = Array.from({ length: 24 }, (_, index) => `step${index}`);
const name = fc.constantFrom(...names, 'unheard-of');

/** What builders may say, with all that can take a terminal over or does not take one column. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '\u001b[2J',
      '\u009b',
      '\u202e',
      '\r',
      '\n',
      '\t',
      '日',
      '👩‍🔧',
      '❤\ufe0f',
      'e\u0301',
      'x',
    ),
    maxLength: 60,
  }),
);

const outcomes = fc.constantFrom(...(Object.keys(results) as StepResult['type'][]));

const group = fc.constantFrom('g0', 'g1', 'g2', 'g3', 'unheard-of');
const groupEvent = fc.oneof(
  fc.tuple(group, name, hostileText).map(([one, at, builder]) => reserved(one, { [at]: builder })),
  fc
    .tuple(
      group,
      fc.constantFrom(
        'group-started' as const,
        'group-committing' as const,
        'group-ended' as const,
        'group-requeued' as const,
      ),
    )
    .map(([one, type]) => befell(one, type)),
  fc
    .tuple(group, name, hostileText, hostileText)
    .map(([one, at, call, detail]) => called(one, at, call, detail)),
);

/** A plan, and then anything in any order, as no run would have it, with a larger plan in between. */
export const history: fc.Arbitrary<readonly RunEvent[]> = fc
  .tuple(
    fc.array(fc.array(fc.nat(30), { maxLength: 5 }), { minLength: 0, maxLength: names.length }),
    fc.array(fc.option(fc.nat(100_000), { nil: undefined }), { minLength: 24, maxLength: 24 }),
    fc.array(
      fc.oneof(
        name.map((one) => started(one)),
        fc.tuple(name, hostileText).map(([one, builder]) => started(one, builder)),
        fc.tuple(name, outcomes).map(([one, type]) => ended(one, type)),
        fc.tuple(name, hostileText).map(([one, line]) => logged(one, line)),
        fc
          .tuple(name, hostileText)
          .map(([one, phase]): RunEvent => ({ type: 'step-phase', step: drv(one), phase })),
        name.map((one): RunEvent => {
          const lost = { name: one, builder: 'one', reason: 'gone' };
          return { type: 'attempt-lost', step: drv(one), ...lost };
        }),
        fc
          .tuple(fc.nat(5), fc.option(name, { nil: undefined }), fc.nat(9_000_000))
          .map(([copy, one, done]) => copying(copy, one, done)),
        fc.nat(5).map((copy): RunEvent => ({ type: 'copy-ended', copy, outcome: 'arrived' })),
        fc.tuple(hostileText, fc.nat(9)).map(([builder, slots]) => ready(builder, slots)),
        groupEvent,
      ),
      { maxLength: 80 },
    ),
    fc.nat(names.length),
    fc.nat(80),
    fc.dictionary(fc.constantFrom('g0', 'g1', 'g2', 'g3'), fc.uniqueArray(name, { maxLength: 9 })),
  )
  .map(([inputs, durations, events, cut, at, groups]) => {
    const steps = inputs.map((some, index): [string, string[]] => [
      `step${index}`,
      [...new Set(some)].filter((below) => below < index).map((below) => `step${below}`),
    ]);
    const expected = Object.fromEntries(
      durations.flatMap((ms, index) => (ms === undefined ? [] : [[`step${index}`, ms]])),
    );
    const planOf = (some: typeof steps): RunEvent =>
      planWith(plan(Object.fromEntries(some), expected), groups);
    const before = [planOf(steps.slice(0, cut)), ...events.slice(0, at)];
    return [...before, planOf(steps), ...events.slice(at)];
  });
