import { describe, expect, it } from 'vitest';
import { Driver, graph, offer, request, stepId } from './driver.ts';

describe('ranking', () => {
  it('starts the longest chain first where no duration is known', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 1 }));
    expect(driver.run('r', graph('a b c<b d e<d f<e'))).toEqual(['start d on p']);
  });

  it('starts the heaviest chain first', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const steps = [
      request('a', { weight: 1 }),
      request('b', { weight: 1, dependencies: [stepId('a')] }),
      request('c', { weight: 3 }),
    ];
    expect(driver.run('r', steps)).toEqual(['start c on p']);
  });

  it('takes an unknown duration for an average one, of other runs too', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', [request('x', { weight: 20 }), request('light', { weight: 10 })]);
    driver.run('s', graph('unknown'));
    expect(driver.succeed('x')).toContain('start unknown on p');
  });

  it('keeps the given order among equals', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 3 }));
    expect(driver.run('r', graph('b c a'))).toEqual([
      'start b on p',
      'start c on p',
      'start a on p',
    ]);
  });

  it('looks across steps that ask for different things', () => {
    const driver = new Driver();
    driver.builders(offer('p', { supportedFeatures: ['kvm'] }));
    const steps = [
      request('a', { weight: 1 }),
      request('b', { weight: 2, requiredFeatures: ['kvm'] }),
    ];
    expect(driver.run('r', steps)).toEqual(['start b on p']);
  });
});
