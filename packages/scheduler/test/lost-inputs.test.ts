import { describe, expect, it } from 'vitest';
import { Driver, graph, offer } from './driver.ts';

/** A step that has begun, on the faster of two builders, and turned out to lack what it needs. */
function withoutInputs(): Driver {
  const driver = new Driver({ maximumFaults: 2 });
  driver.builders(offer('fast', { speedFactor: 9 }), offer('slow'));
  driver.run('r', graph('a'));
  driver.end('a', { type: 'inputs-lost', reason: 'their builder died' });
  return driver;
}

function restored(driver: Driver, fault?: string): string[] {
  const step = graph('a')[0]!.id;
  return driver.feed({ type: 'inputs-restored', step, fault });
}

describe('a step whose inputs were lost', () => {
  it('asks for them, and gives its slot to whoever builds them', () => {
    const driver = withoutInputs();
    expect(driver.said).toEqual(['restore inputs of a']);
    expect(driver.run('lost', graph('b'))).toEqual(['start b on fast']);
  });

  it('goes on where it was once they are there: nobody was at fault', () => {
    const driver = withoutInputs();
    expect(restored(driver)).toEqual(['start a on fast']);
    driver.lose('a');
    expect(driver.said).toEqual(['start a on slow']);
  });

  it('has lost one of its tries when they are not to be had', () => {
    const driver = withoutInputs();
    expect(restored(driver, 'it does not build')).toEqual(['start a on slow']);
    expect(driver.lose('a')).toEqual(['a faults-exhausted', 'end r']);
    expect(driver.result('r', 'a')).toMatchObject({
      faults: [{ builder: 'fast', reason: 'it does not build' }, { builder: 'slow' }],
    });
  });

  it('is no work that speaks for its builder, or against it', () => {
    const driver = new Driver({ maximumStrikes: 2, maximumFaults: 9 });
    driver.builders(offer('bad', { speedFactor: 9 }), offer('good'));
    driver.run('r', graph('a'));
    driver.lose('a');
    driver.succeed('a');
    driver.run('s', graph('c'));
    driver.end('c', { type: 'inputs-lost', reason: 'their builder died' });
    expect(driver.said).toEqual(['restore inputs of c']);
    driver.run('t', graph('d'));
    driver.lose('d');
    expect(driver.said).toContain('probe bad after 60000');
  });

  it('is forgotten when its run is cancelled meanwhile', () => {
    const driver = withoutInputs();
    expect(driver.cancel('r')).toEqual(['end r']);
    expect(restored(driver)).toEqual([]);
  });
});
