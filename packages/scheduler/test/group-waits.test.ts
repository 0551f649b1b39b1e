import { describe, expect, it } from 'vitest';
import { groupMisfit } from '../src/groups/misfit.ts';
import { heldUp } from '../src/held-up.ts';
import { whyHere } from '../src/why-here.ts';
import { Driver, graph, groupOf, offer, request, stepId } from './driver.ts';

/** A group of two that waits for two machines, of which a long build has one. */
function waitingPair(): Driver {
  const driver = new Driver();
  driver.builders(offer('x'), offer('y'));
  driver.run('long', [request('long', { weight: 10_000 })]);
  driver.runGroups('r', graph('a b j<a,b'), groupOf('j', ['a', 'b']));
  return driver;
}

describe('a group that waits', () => {
  it('gets slots kept free once it has waited for long, and not before', () => {
    const driver = waitingPair();
    expect(driver.run('s', [request('s')])).toEqual(['start s on y']);
    expect(driver.waited('j')).toEqual([]);
    expect(driver.succeed('s')).toEqual(['s succeeded', 'end s']);
    expect(driver.run('t', [request('t')])).toEqual([]);
    expect(driver.succeed('long')).toEqual([
      'long succeeded',
      'end long',
      'start j: a on y, b on x',
    ]);
  });

  it('lets short builds in meanwhile, which nothing else is let in to wait for', () => {
    const driver = waitingPair();
    driver.waited('j');
    expect(driver.run('s', [request('s', { weight: 10_001 })])).toEqual([]);
    expect(driver.run('t', [request('t', { weight: 4_000 })])).toEqual(['start t on y']);
    driver.run('u', [request('u', { weight: 1 })]);
    expect(driver.succeed('long')).toEqual(['long succeeded', 'end long']);
    expect(driver.succeed('t').at(-1)).toMatch(/^start j: /);
  });

  it('lets in what has a higher priority', () => {
    const driver = waitingPair();
    driver.waited('j');
    const steps = [request('s', { weight: 90_000 })];
    expect(
      driver.feed({ type: 'run-added', run: 's', keepGoing: false, priority: 1, steps }),
    ).toEqual(['start s on y']);
  });

  it('is given up after the time that it may wait', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'));
    driver.run('long', [request('long')]);
    driver.runGroups('r', graph('a b j<a,b'), groupOf('j', ['a', 'b'], { queueMs: 7 }));
    expect(driver.waited('j')).toEqual([
      'a group-timeout',
      'j dependency-failed',
      'b group-timeout',
      'end r',
    ]);
  });

  it('says what it waits for', () => {
    const driver = waitingPair();
    driver.waited('j');
    expect(whyHere(driver.history.state, stepId('a'))).toMatchObject({
      phase: 'gathered',
      group: { group: stepId('j'), slots: 2, kept: 2, unready: [] },
      passedOver: [
        { builder: 'x', reasons: [{ type: 'no-free-slot', slots: 1 }] },
        { builder: 'y', reasons: [{ type: 'group-incomplete' }] },
      ],
    });
    driver.run('s', [request('s')]);
    expect(whyHere(driver.history.state, stepId('s'))?.passedOver[1]).toEqual({
      builder: 'y',
      reasons: [{ type: 'kept', group: stepId('j') }],
    });
  });

  it('is held up by a drained builder that it needs beside others', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'));
    driver.feed({ type: 'builder-draining', builder: 'x' });
    driver.runGroups('r', graph('a b j<a,b'), groupOf('j', ['a', 'b']));
    expect(heldUp(driver.history.state, 1)).toEqual([
      {
        run: 'r',
        count: 2,
        steps: [stepId('a')],
        obstacles: [{ builder: 'x', obstacles: [{ type: 'draining' }] }],
      },
    ]);
    expect(driver.feed({ type: 'builder-resumed', builder: 'x' })[0]).toMatch(/^start j: /);
    expect(heldUp(driver.history.state, 1)).toEqual([]);
  });
});

describe('a group that had its slots', () => {
  it('goes back into line as a whole, and is lost after so many faults of any member', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'), offer('z'));
    driver.runGroups('r', graph('a b j<a,b'), groupOf('j', ['a', 'b']));
    expect(driver.lose('a')).toEqual(['requeue j', 'stop b on y']);
    expect(driver.end('b', { type: 'stopped' }).at(-1)).toBe('start j: a on y, b on x');
    driver.lose('b');
    expect(driver.end('a', { type: 'stopped' }).at(-1)).toMatch(/^start j: /);
    driver.lose('a');
    expect(driver.end('b', { type: 'stopped' })).toEqual([
      'a group-lost',
      'j dependency-failed',
      'b group-lost',
      'end r',
    ]);
  });

  it('is lost with a builder once it has started, and its run goes on', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'), offer('z'));
    driver.runGroups('r', graph('a b j<a,b k'), groupOf('j', ['a', 'b']));
    driver.started('j');
    driver.succeed('a');
    expect(driver.down('y')).toContain('a group-lost');
    expect(driver.result('r', 'k')).toBeUndefined();
    expect(driver.succeed('k')).toEqual(['k succeeded', 'end r']);
    expect(driver.result('r', 'b')).toMatchObject({ type: 'group-lost', builder: 'y' });
  });

  it('is lost with what a member has made on a builder that goes for good', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'));
    driver.runGroups('r', graph('a b j<a,b'), groupOf('j', ['a', 'b']));
    driver.started('j');
    driver.succeed('a');
    expect(driver.feed({ type: 'builder-removed', builder: 'x', reason: 'sold' })).toEqual([
      'stop b on y',
    ]);
  });
});

describe('a misfit', () => {
  const requests = ['a', 'b', 'c'].map((name) => request(name, { requiredFeatures: ['board'] }));
  const group = groupOf('j', ['a', 'b', 'c']);

  it('names the member that no builder can have, and what each lacks', () => {
    expect(groupMisfit([offer('x', { slots: 3 })], group, requests)).toEqual({
      type: 'member',
      step: stepId('a'),
      builders: undefined,
      obstacles: [{ builder: 'x', obstacles: [{ type: 'missing-features', features: ['board'] }] }],
    });
  });

  it('names what there is too little of', () => {
    const offers = [offer('x', { slots: 3, resources: { board: 2 } })];
    expect(groupMisfit(offers, group, requests)).toMatchObject({
      type: 'places',
      steps: ['a', 'b', 'c'].map(stepId),
      places: [{ builder: 'x', count: 2, resource: 'board' }],
      hosts: 'any',
    });
  });

  it('says when machines must be different, or one', () => {
    const offers = ['x', 'y'].map((name) =>
      offer(name, { slots: 2, supportedFeatures: ['board'] }),
    );
    const all = ['a', 'b', 'c'].map(stepId);
    expect(groupMisfit(offers, { ...group, apart: [all] }, requests)).toMatchObject({
      hosts: 'distinct',
      places: [{ count: 1 }, { count: 1 }],
    });
    expect(groupMisfit(offers, { ...group, together: [all] }, requests)).toMatchObject({
      hosts: 'same',
      places: [{ count: 2 }, { count: 2 }],
    });
    expect(groupMisfit(offers, group, requests)).toBeUndefined();
  });
});

it('refuses groups that would wait for each other', () => {
  const driver = new Driver();
  const steps = graph('a b<c c d<a');
  const groups = [groupOf('one', ['a', 'b']), groupOf('two', ['c', 'd'])];
  expect(() => driver.runGroups('r', steps, ...groups)).toThrow(
    expect.objectContaining({ code: 'bad-group' }),
  );
  expect(() => driver.runGroups('r', graph('a b<a'), groupOf('one', ['a', 'b']))).toThrow(
    expect.objectContaining({ code: 'bad-group' }),
  );
});
