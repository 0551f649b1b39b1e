import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldUp } from '../src/held-up.ts';
import { Driver, graph, offer, request, stepId } from './driver.ts';

function drained(...names: string[]): Driver {
  const driver = new Driver();
  driver.builders(offer('p'), offer('q'), offer('arm', { systems: ['aarch64-linux'] }));
  for (const builder of names) driver.feed({ type: 'builder-draining', builder });
  return driver;
}

describe('what waits for builders that were drained', () => {
  it('is told with the run, the most urgent step, and why no builder takes it', () => {
    const driver = drained('p', 'q');
    driver.run('r', graph('a b c<b'));
    expect(heldUp(driver.history.state, 1)).toEqual([
      {
        run: 'r',
        count: 2,
        steps: [stepId('b')],
        obstacles: [
          { builder: 'p', obstacles: [{ type: 'draining' }] },
          { builder: 'q', obstacles: [{ type: 'draining' }] },
          {
            builder: 'arm',
            obstacles: [{ type: 'system', wanted: 'x86_64-linux', offered: ['aarch64-linux'] }],
          },
        ],
      },
    ]);
  });

  it('is nothing while another takes work, were it ever so full, and once one is resumed', () => {
    const driver = drained('p');
    driver.run('r', graph('a b'));
    expect(driver.said).toContain('start a on q');
    expect(heldUp(driver.history.state, 1)).toEqual([]);
    driver.feed({ type: 'builder-draining', builder: 'q' });
    expect(heldUp(driver.history.state, 9)).toMatchObject([{ run: 'r', steps: [stepId('b')] }]);
    expect(driver.feed({ type: 'builder-resumed', builder: 'p' })).toEqual(['start b on p']);
    expect(heldUp(driver.history.state, 9)).toEqual([]);
  });

  it('is told of where others are merely down', () => {
    const driver = drained('p');
    driver.down('q');
    driver.run('r', graph('a'));
    expect(heldUp(driver.history.state, 1)).toMatchObject([{ run: 'r', count: 1 }]);
  });

  it('is all that is ready exactly when every builder that is fit is drained', () => {
    const system = fc.constantFrom('x', 'y', 'z');
    const builders = fc.array(fc.record({ system, isDrained: fc.boolean() }), { maxLength: 6 });
    const steps = fc.array(system, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(builders, steps, (farm, wanted) => {
        const driver = new Driver();
        for (const [at, one] of farm.entries()) {
          driver.builders(offer(`b${at}`, { systems: [one.system], slots: 9 }));
          if (one.isDrained) driver.feed({ type: 'builder-draining', builder: `b${at}` });
        }
        driver.run(
          'r',
          wanted.map((name, at) => request(`s${at}`, { system: name })),
          true,
        );
        const held = heldUp(driver.history.state, 9).flatMap((one) => one.steps);
        const expected = wanted.flatMap((name, at) => {
          const fit = farm.filter((one) => one.system === name);
          return fit.length > 0 && fit.every((one) => one.isDrained) ? [stepId(`s${at}`)] : [];
        });
        expect(held.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });
});
