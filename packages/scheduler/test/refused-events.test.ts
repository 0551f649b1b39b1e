import { describe, expect, it } from 'vitest';
import { initialState } from '../src/state.ts';
import { step } from '../src/step.ts';
import { Driver, graph, offer, request } from './driver.ts';

describe('an event that breaks its promises', () => {
  const refused: readonly [string, (driver: Driver) => unknown][] = [
    ['duplicate-run', (driver) => driver.run('r', [])],
    ['duplicate-step', (driver) => driver.run('s', graph('x x'))],
    ['unknown-dependency', (driver) => driver.run('s', graph('x<y'))],
    ['dependency-cycle', (driver) => driver.run('s', graph('w x<z y<x z<y'))],
    ['dependency-cycle', (driver) => driver.run('s', graph('x<x'))],
    ['bad-weight', (driver) => driver.run('s', [request('x', { weight: Number.NaN })])],
    ['bad-weight', (driver) => driver.run('s', [request('x', { weight: -1 })])],
    ['duplicate-builder', (driver) => driver.builders(offer('p'))],
    ['bad-builder', (driver) => driver.builders(offer('q', { slots: 1.5 }))],
    ['bad-builder', (driver) => driver.builders(offer('q', { slots: -1 }))],
    ['bad-builder', (driver) => driver.builders(offer('q', { speedFactor: 0 }))],
  ];

  it.each(refused)('is refused as %s, and leaves the state as it was', (code, act) => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    expect(() => act(driver)).toThrow(expect.objectContaining({ code }));
    expect(driver.succeed('a')).toEqual(['a succeeded', 'end r']);
    expect(driver.run('s', graph('x'))).toEqual(['start x on p']);
  });

  it('names a step of the cycle, not one below it', () => {
    const driver = new Driver();
    expect(() => driver.run('s', graph('low top<x x<y,low y<x'))).toThrow(
      /000-[xy]\.drv' depends on itself/,
    );
  });
});

it('refuses a state that was consumed', () => {
  const state = initialState();
  step(state, { type: 'hub-up' });
  expect(() => step(state, { type: 'hub-up' })).toThrow(
    expect.objectContaining({ code: 'state-consumed' }),
  );
});
