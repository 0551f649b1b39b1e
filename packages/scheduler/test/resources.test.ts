import { describe, expect, it } from 'vitest';
import { Driver, graph, line, offer, request } from './driver.ts';

describe('a counted resource', () => {
  const board = { requiredFeatures: ['board'] };

  it('is taken by one step for each unit, and given back', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 4, resources: { board: 2 } }));
    const steps = ['a', 'b', 'c'].map((name) => request(name, board));
    expect(driver.run('r', [...steps, ...graph('d')])).toEqual([
      'start a on p',
      'start b on p',
      'start d on p',
    ]);
    expect(driver.lose('a')).not.toContain('start a on p');
    expect(driver.running.size).toBe(3);
  });

  it('is shared by all lines of its machine, of which it need be no feature', () => {
    const driver = new Driver();
    const arm = line({ systems: ['arm'] });
    driver.builders(offer('p', { slots: 4, resources: { board: 1 }, alsoOffers: [arm] }));
    const steps = [request('a', board), request('b', { ...board, system: 'arm' })];
    expect(driver.run('r', steps)).toEqual(['start a on p']);
    expect(driver.succeed('a')).toContain('start b on p');
  });

  it('is missed where a machine has none, and is not taken for something that every object has', () => {
    const driver = new Driver();
    driver.builders(offer('p', { resources: { board: 1 } }), offer('q'));
    driver.run('r', [request('a', { requiredFeatures: ['constructor'] })]);
    const missing = [{ type: 'missing-features', features: ['constructor'] }];
    expect(driver.result('r', 'a')).toMatchObject({
      obstacles: [{ obstacles: missing }, { obstacles: missing }],
    });
  });

  it('is refused when it is no whole number above 0', () => {
    for (const units of [0, -1, 0.5, NaN]) {
      expect(() => new Driver().builders(offer('p', { resources: { board: units } }))).toThrow(
        expect.objectContaining({ code: 'bad-builder' }),
      );
    }
  });
});
