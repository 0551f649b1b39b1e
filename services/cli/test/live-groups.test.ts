import type { RunEvent } from '@dispatch/engine/events';
import { expect, test } from 'vitest';
import type { LiveState } from '../src/live/live-state.ts';
import { asciiSymbols, type Screen } from '../src/live/styled-line.ts';
import {
  after,
  befell,
  called,
  copying,
  drv,
  ended,
  logged,
  plan,
  planWith,
  ready,
  rendered,
  reserved,
  screen,
  started,
} from './live-histories.ts';

function picture(state: LiveState, now: number, on: Screen = screen): string[] {
  return rendered(state, now, on).map((line) => line.trimEnd());
}

const farm = [ready('ssh-ng://me@lab1', 2), ready('ssh-ng://me@lab2', 2)];
const steps = plan({ base: [], board: ['base'], client: [], other: [], join: ['board', 'client'] });
const hil = planWith(steps, { 'can-bus-hil': ['board', 'client'] });
const places = { board: 'ssh-ng://me@lab1', client: 'ssh-ng://me@lab2' };

test('a group waits for the inputs of its members like any step, then for its places', () => {
  const building = after([...farm, hil, started('base')]);
  expect(picture(building, 5000).slice(0, 2)).toEqual(['▸ base  2s  one', '└─◦ board']);
  const forming = after([...farm, hil, started('base'), ended('base')]);
  expect(picture(forming, 5000)[0]).toBe(
    '◦ group can-bus-hil 3f9a2c1b  forming  waits for 2 places: board, client',
  );
});

const staged: readonly RunEvent[] = [
  ...farm,
  hil,
  ended('base'),
  reserved('can-bus-hil', places),
  started('board', places.board),
  started('client', places.client),
  copying(1, 'board', 4_000_000),
];
const running: readonly RunEvent[] = [
  ...staged,
  { type: 'copy-ended', copy: 1, outcome: 'arrived' },
  befell('can-bus-hil', 'group-started'),
  logged('client', 'connecting\u001b[2J to board'),
  called('can-bus-hil', 'board', 'send', 'ready port=5'),
  started('other', 'ssh-ng://me@lab2'),
];

test('a group is one block: where its members are, their phase, what each said or asked last', () => {
  expect(picture(after(staged), 7600)).toEqual([
    '▸ group can-bus-hil 3f9a2c1b  3s        staging',
    '├─▸ board                     2s  lab1  inputs 40%',
    '└─▸ client                    1s  lab2',
    '↓ 3.8 MiB of 9.5 MiB  0 B/s  one → two:22  library and 2 more',
    '━━━─────────────  1/5  ▸ 2 running  ◦ 2 waiting  ↓ 3.8 MiB  7s',
  ]);
  expect(picture(after(running), 12_500)).toEqual([
    '▸ group can-bus-hil 3f9a2c1b  3s        running',
    '├─▸ board                     3s  lab1           send ready port=5',
    '└─▸ client                    3s  lab2           connecting to board',
    '▸ other                       0s  lab2',
    '━━━─────────────  1/5  ▸ 3 running  ◦ 1 waiting  ↓ 9.5 MiB  12s',
  ]);
});

test('on a narrow terminal, and on one that knows neither UTF-8 nor colours', () => {
  expect(picture(after(running), 12_500, { ...screen, columns: 36, rows: 9 })).toEqual([
    '▸ group can-bus-hil 3f9a2…  3s',
    '├─▸ board                   3s',
    '└─▸ client                  3s',
    '▸ other                     0s',
    '1/5  ▸3  ◦1  ↓ 9.5 MiB  12s',
  ]);
  const plain = picture(after(running), 12_500, { ...screen, symbols: asciiSymbols });
  expect(plain.join('\n')).toMatch(/^[\x20-\x7e\n]+$/);
});

function lost(name: string): RunEvent {
  return { type: 'attempt-lost', step: drv(name), name, builder: 'one', reason: 'gone' };
}

test('it commits, gives its places back, or is over', () => {
  const at = (...events: RunEvent[]): string[] => picture(after([...running, ...events]), 14_000);
  expect(at(befell('can-bus-hil', 'group-committing'))[0]).toMatch(/ 5s +committing$/);
  const cause = { member: 'client', reason: 'exit code 7' };
  const group = drv('can-bus-hil');
  const stopping: RunEvent = { type: 'group-stopping', group, outcome: 'failed', cause };
  expect(at(stopping)[0]).toMatch(/^✗ group can-bus-hil .* 5s +stopping +client: exit code 7$/);
  expect(at(stopping)[2]).toMatch(/^└─✗ client/);
  const back = [lost('board'), befell('can-bus-hil', 'group-requeued')];
  expect(at(...back)[0]).toContain('forming');
  expect(at(...back)[1]).toMatch(/^▸ other/);
  expect([...after([...running, ...back]).running].map(({ name }) => name)).toEqual(['other']);
  const over = [befell('can-bus-hil', 'group-ended'), ended('board'), ended('client')];
  expect(at(...over)[0]).toMatch(/^▸ other/);
  expect(after([...running, ...over]).groups.size).toBe(0);
});

function begin(name: string): RunEvent[] {
  return [
    reserved(name, { [`${name}a`]: places.board, [`${name}b`]: places.client }),
    started(`${name}a`, places.board),
    started(`${name}b`, places.client),
    befell(name, 'group-started'),
  ];
}

test('of many groups those that run come first, each in one row where there is no room for more', () => {
  const names = Array.from({ length: 30 }, (_, index) => `g${index}`);
  const members = names.flatMap((name) => [`${name}a`, `${name}b`]);
  const many = planWith(
    plan(Object.fromEntries(members.map((member) => [member, []]))),
    Object.fromEntries(names.map((name) => [name, [`${name}a`, `${name}b`]])),
  );
  const state = after([...farm, many, ...begin('g7'), ...begin('g3')]);
  const shown = picture(state, 11_000);
  expect(shown).toHaveLength(14);
  expect(shown.slice(0, 3)).toEqual([
    '▸ group g3 3f9a2c1b   1s  running  g3a → lab1, g3b → lab2',
    '▸ group g7 3f9a2c1b   5s  running  g7a → lab1, g7b → lab2',
    '◦ group g0 3f9a2c1b       forming  waits for 2 places: g0a, g0b',
  ]);
  expect(shown.at(-2)).toBe('◦ 18 more groups');
  const tall = picture(state, 11_000, { ...screen, rows: 60 });
  expect(tall.slice(0, 3).map((row) => row.slice(0, 12))).toEqual([
    '▸ group g3 3',
    '├─▸ g3a     ',
    '└─▸ g3b     ',
  ]);
});

test('what is planned anew for a group that was lost takes the place of what was lost with it', () => {
  const gone = { ...befell('can-bus-hil', 'group-ended'), outcome: 'lost' } as RunEvent;
  const undone = [
    gone,
    ended('board', 'group-lost'),
    ended('client', 'group-lost'),
    ended('join', 'dependency-failed'),
    ended('other'),
  ];
  const before = after([...running, ...undone]);
  expect(before.counts).toMatchObject({ built: 2, dropped: 3, failed: 0 });
  const next = plan({ board2: [], client2: [], join2: ['board2', 'client2'] });
  const again = planWith(next, { 'can-bus-hil2': ['board2', 'client2'] });
  const state = after([...running, ...undone, again]);
  expect(state.counts).toMatchObject({ built: 2, dropped: 0, waiting: 3 });
  expect(picture(state, 20_000).at(-1)).toContain('2/5');
});

test('where a coordinator is lost, what the next one plans takes the place of the group that was under way', () => {
  const next = plan({ board2: [], client2: [], join2: ['board2', 'client2'] });
  const again = planWith(next, { 'can-bus-hil2': ['board2', 'client2'] });
  const state = after([...running, again]);
  expect([...state.groups.values()].map(({ name }) => name)).toEqual(['can-bus-hil2']);
  expect([...state.running].map(({ name }) => name)).toEqual(['other']);
  expect(state.counts).toMatchObject({ built: 1, waiting: 3, dropped: 0 });
  expect(state.plan?.steps.size).toBe(5);
});
