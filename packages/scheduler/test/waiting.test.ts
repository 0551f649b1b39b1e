import { describe, expect, it } from 'vitest';
import type { StepRequest } from '../src/event.ts';
import { Driver, offer, request, stepId } from './driver.ts';

const second = 1_000;

function lasting(name: string, seconds: number, given: Partial<StepRequest> = {}): StepRequest {
  return request(name, { weight: seconds * second, ...given });
}

/** A builder four times as fast as the other, each with one slot; `long` runs on it for 15 s. */
function twoSpeeds(...steps: readonly StepRequest[]): Driver {
  const driver = new Driver();
  driver.builders(offer('fast', { speedFactor: 4 }), offer('slow'));
  driver.run('r', [lasting('long', 60), ...steps], true);
  return driver;
}

describe('a step that would be built earlier by a faster builder that is full', () => {
  it('waits for it, and the slower one has what comes after it', () => {
    const driver = twoSpeeds(lasting('a', 50), lasting('b', 10));
    expect(driver.said).toEqual(['start long on fast', 'watch 1 for 60000', 'start b on slow']);
    expect(driver.succeed('long')).toEqual(['long succeeded', 'start a on fast']);
  });

  it('stands behind those that wait already', () => {
    const said = twoSpeeds(
      lasting('a', 50),
      lasting('b', 45),
      lasting('c', 40),
      lasting('d', 39),
    ).said;
    expect(said, 'a after 28 s, b after 38 s, c after 48 s').toContain('start c on slow');
  });

  it('starts at once where that is not earlier', () => {
    expect(twoSpeeds(lasting('a', 20)).said).toEqual(['start long on fast', 'start a on slow']);
  });

  it('starts at once where its inputs are and would take longer to copy', () => {
    const driver = new Driver();
    driver.builders(offer('fast', { speedFactor: 4 }), offer('slow'));
    driver.run('r', [
      lasting('long', 900),
      lasting('input', 1),
      lasting('a', 350, { dependencies: [stepId('input')] }),
    ]);
    const outputBytes = 12_000_000_000;
    expect(driver.end('input', { type: 'succeeded', outputBytes })).toContain('start a on slow');
  });

  it('does not wait for a reserve, nor for what is drained or down', () => {
    for (const news of ['builder-draining', 'builder-down'] as const) {
      const driver = new Driver();
      driver.builders(offer('fast', { speedFactor: 4 }));
      driver.run('r', [lasting('long', 60)]);
      driver.feed({ type: news, builder: 'fast', reason: 'cut' });
      driver.builders(offer('slow'));
      driver.run('s', [lasting('a', 50)]);
      expect(driver.commands.filter(({ type }) => type === 'watch-slots')).toEqual([]);
    }
    const driver = new Driver();
    driver.builders(offer('fast', { speedFactor: 4, isReserve: true }));
    driver.run('r', [lasting('long', 60)]);
    driver.builders(offer('slow'));
    expect(driver.run('s', [lasting('a', 50)])).toEqual(['start a on slow']);
  });

  it('does not wait for one that lost it', () => {
    const driver = new Driver();
    driver.builders(offer('fast', { speedFactor: 4 }), offer('slow'));
    driver.run('r', [lasting('a', 60), lasting('b', 60)]);
    expect(driver.lose('a')).toEqual(['start a on slow', 'start b on fast']);
  });

  it('waits for none of the boards of a machine, since nobody knows when one is given back', () => {
    const driver = new Driver();
    const board = { requiredFeatures: ['board'] };
    const resources = { board: 1 };
    driver.builders(
      offer('fast', { speedFactor: 4, slots: 2, resources }),
      offer('slow', { resources }),
    );
    expect(driver.run('r', [lasting('a', 60, board), lasting('b', 60, board)])).toEqual([
      'start a on fast',
      'start b on slow',
    ]);
  });
});

describe('a slot that is long overdue', () => {
  it('is not waited for any longer', () => {
    const driver = twoSpeeds(lasting('a', 50));
    expect(driver.feed({ type: 'watch-ended', watch: 1 })).toEqual(['start a on slow']);
  });

  it('is waited for again when one got free', () => {
    const driver = twoSpeeds(lasting('a', 50), lasting('b', 49));
    driver.feed({ type: 'watch-ended', watch: 1 });
    expect(driver.succeed('long')).toEqual(['long succeeded', 'start b on fast']);
    driver.run('s', [lasting('x', 40)]);
    expect(driver.succeed('a')).toEqual(['a succeeded', 'watch 2 for 49000']);
  });

  it('is none while others get free', () => {
    const driver = twoSpeeds(lasting('a', 50), lasting('b', 49), lasting('c', 10));
    driver.succeed('long');
    expect(driver.feed({ type: 'watch-ended', watch: 1 })).toEqual([]);
    expect(driver.succeed('c')).toEqual(['c succeeded', 'watch 2 for 50000']);
  });
});

it('does not wait for builders that are alike, however full they are', () => {
  const driver = new Driver();
  driver.builders(offer('p', { slots: 2 }), offer('q', { slots: 2 }));
  expect(
    driver.run(
      'r',
      ['a', 'b', 'c', 'd'].map((name) => lasting(name, 60)),
    ).length,
  ).toBe(4);
});
