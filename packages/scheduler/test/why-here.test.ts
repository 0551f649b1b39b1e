import { describe, expect, it } from 'vitest';
import { type PassedOver, type Reason, type WhyHere, whyHere } from '../src/why-here.ts';
import { Driver, graph, offer, request, stepId } from './driver.ts';

function ask(driver: Driver, name: string): WhyHere {
  return whyHere(driver.history.state, stepId(name))!;
}

function reasons(passedOver: readonly PassedOver[], builder: string): readonly Reason[] {
  return passedOver.find((one) => one.builder === builder)!.reasons;
}

describe('a step that waits', () => {
  it('is told the steps that it waits for, and the builders that would take it', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }), offer('arm', { systems: ['aarch64-linux'] }));
    driver.run('r', graph('a b c<a,b'));
    driver.succeed('b');
    expect(ask(driver, 'c')).toEqual({
      phase: 'waiting',
      waitsFor: [stepId('a')],
      hubFault: undefined,
      chosen: undefined,
      passedOver: [
        { builder: 'p', reasons: [] },
        {
          builder: 'arm',
          reasons: [{ type: 'system', wanted: 'x86_64-linux', offered: ['aarch64-linux'] }],
        },
      ],
      untold: 0,
    });
  });

  it('is told of each builder why it has not got it', () => {
    const driver = new Driver();
    const board = { requiredFeatures: ['board'] };
    driver.builders(
      offer('full', { resources: { board: 2 } }),
      offer('taken', { slots: 2, resources: { board: 1 } }),
      offer('plain'),
      offer('drained', { resources: { board: 1 } }),
      offer('away', { resources: { board: 1 } }),
    );
    driver.feed({ type: 'builder-draining', builder: 'drained' });
    driver.down('away');
    driver.run('r', [request('a', board), request('b', board), request('c', board)]);
    const { phase, passedOver } = ask(driver, 'c');
    expect(phase).toBe('ready');
    expect(Object.fromEntries(passedOver.map((one) => [one.builder, one.reasons]))).toEqual({
      full: [{ type: 'no-free-slot', slots: 1 }],
      taken: [{ type: 'resources-taken', resources: ['board'] }],
      plain: [{ type: 'missing-features', features: ['board'] }],
      drained: [{ type: 'draining' }],
      away: [{ type: 'down', reason: 'no answer' }],
    });
  });

  it('is told of a builder that lost it, and of the hub', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b'));
    driver.lose('a');
    driver.feed({ type: 'hub-down', reason: 'cut' });
    const { hubFault, passedOver } = ask(driver, 'a');
    expect(hubFault).toBe('cut');
    expect(reasons(passedOver, 'p')).toEqual([{ type: 'lost-it', reason: 'broken link' }]);
  });
});

describe('a step that was started', () => {
  it('is told what was expected of its builder, and how much later others were to be done', () => {
    const driver = new Driver();
    driver.builders(offer('fast', { speedFactor: 4 }), offer('slow'), offer('late'));
    driver.run('r', [request('busy', { weight: 9_000 }), request('a', { weight: 2_000 })]);
    driver.feed({ type: 'builder-draining', builder: 'late' });
    const { chosen, passedOver } = ask(driver, 'busy');
    expect(chosen).toEqual({ builder: 'fast', slowness: 0.25, heldBytes: 0 });
    expect(reasons(passedOver, 'late')).toEqual([
      { type: 'later', byMs: 6_750, bid: { builder: 'late', slowness: 1, heldBytes: 0 } },
    ]);
    expect(reasons(ask(driver, 'a').passedOver, 'fast')).toEqual([{ type: 'not-free-then' }]);
  });

  it('is told of the nearest rivals where not all others are asked for', () => {
    const driver = new Driver();
    const names = ['a', 'b', 'c', 'd'];
    driver.builders(...names.map((name, at) => offer(name, { speedFactor: 1 + at })));
    driver.run('r', graph('x'));
    const why = whyHere(driver.history.state, stepId('x'), 2);
    expect(why?.chosen?.builder).toBe('d');
    expect(why?.passedOver.map(({ builder }) => builder)).toEqual(['c', 'b']);
    expect(why?.untold).toBe(1);
  });

  it('is told nothing of a rival that was removed since', () => {
    const driver = new Driver();
    driver.builders(offer('fast', { speedFactor: 4 }), offer('gone'), offer('slow'));
    driver.run('r', graph('a'));
    driver.feed({ type: 'builder-removed', builder: 'gone', reason: 'sold' });
    const { passedOver, untold } = ask(driver, 'a');
    expect(passedOver.map(({ builder }) => builder)).toEqual(['slow']);
    expect(untold).toBe(0);
  });

  it('is told of reserves that were not needed', () => {
    const driver = new Driver();
    driver.builders(offer('reserve', { isReserve: true, speedFactor: 9 }), offer('p'));
    driver.run('r', graph('a'));
    expect(reasons(ask(driver, 'a').passedOver, 'reserve')).toEqual([{ type: 'reserve' }]);
  });
});

it('knows nothing of a step that nobody wants', () => {
  expect(whyHere(new Driver().history.state, stepId('a'))).toBeUndefined();
});
