import { describe, expect, it } from 'vitest';
import { Driver, graph, offer, stepId } from './driver.ts';

function sharedBy(...runs: string[]): Driver {
  const driver = new Driver();
  driver.builders(offer('p'), offer('q'));
  for (const run of runs) driver.run(run, graph('a b<a'));
  return driver;
}

describe('a step that two runs want', () => {
  it('is built once, and both get the result', () => {
    const driver = sharedBy('r', 's');
    expect(driver.running.size).toBe(1);
    driver.succeed('a');
    expect(driver.succeed('b')).toEqual(['b succeeded', 'end r', 'end s']);
    expect(driver.result('s', 'a')).toEqual(driver.result('r', 'a'));
  });

  it('goes on while queued when one run is abandoned', () => {
    const driver = sharedBy('r', 's');
    expect(driver.cancel('r')).toEqual(['end r']);
    expect(driver.succeed('a')).toEqual(['a succeeded', 'start b on p']);
  });

  it('goes on while running when one run is abandoned, and stops with the last', () => {
    const driver = sharedBy('r', 's');
    expect(driver.cancel('s')).toEqual(['end s']);
    expect(driver.cancel('r')).toEqual(['stop a on p']);
    expect(driver.end('a', { type: 'stopped' })).toEqual(['end r']);
  });

  it('is shared when it is built already and its run still goes on', () => {
    const driver = sharedBy('r');
    driver.succeed('a');
    expect(driver.run('s', graph('a c<a'))).toEqual(['start c on q']);
    expect(driver.cancel('r')).toEqual(['stop b on p']);
    driver.succeed('c');
    expect(driver.result('s', 'a')).toMatchObject({ type: 'succeeded', builder: 'p' });
  });

  it('is tried anew when it failed before the second run came', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b<a slow'), true);
    driver.fail('a');
    expect(driver.run('s', graph('a b<a'))).toEqual(['start a on p']);
    driver.succeed('a');
    expect(driver.succeed('b')).toEqual(['b succeeded', 'end s']);
    driver.succeed('slow');
    expect(driver.result('r', 'b')).toEqual({ type: 'dependency-failed', cause: stepId('a') });
  });

  it('is built again for a run that comes when its outputs are lost, and for that alone', () => {
    const driver = sharedBy('r');
    driver.succeed('a');
    driver.feed({ type: 'step-lost', step: stepId('a') });
    expect(driver.run('s', graph('a c<a'))).toEqual(['start a on q']);
    expect(driver.succeed('a')).toEqual(['a succeeded', 'start c on q']);
    expect(driver.succeed('b')).toEqual(['b succeeded', 'end r']);
    expect(driver.result('r', 'a')).toMatchObject({ builder: 'p' });
  });

  it('fails for both, and stops only the run that does not keep going', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b'));
    driver.run('s', graph('a b'), true);
    expect(driver.fail('a')).toEqual(['a failed', 'end r']);
    expect(driver.result('r', 'b')).toEqual({ type: 'cancelled', because: 'run-failed' });
    expect(driver.succeed('b')).toEqual(['b succeeded', 'end s']);
  });

  it('is raised to the rank that the second run gives it', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('x a b'));
    driver.run('s', graph('b c<b d<c'));
    expect(driver.succeed('x')).toContain('start b on p');
  });

  it('does not wait for what the second run found to be there already', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b<a'));
    expect(driver.run('s', graph('b'))).toEqual(['start b on q']);
    driver.cancel('r');
    expect(driver.succeed('b')).toEqual(['b succeeded', 'end s']);
  });
});

function wantedAgain(): Driver {
  const driver = new Driver();
  driver.builders(offer('p'), offer('q'));
  driver.run('r', graph('a'));
  driver.cancel('r');
  driver.run('s', graph('a'));
  return driver;
}

describe('a step that is wanted again while its attempt is being stopped', () => {
  it('starts again once that attempt has ended, without a fault counted', () => {
    expect(wantedAgain().end('a', { type: 'stopped' })).toEqual(['end r', 'start a on p']);
  });

  it('takes its success when that came first', () => {
    expect(wantedAgain().succeed('a')).toEqual(['a succeeded', 'end r', 'end s']);
  });

  it('does not take a failure for more than the stopping', () => {
    expect(wantedAgain().fail('a')).toEqual(['end r', 'start a on p']);
  });

  it('waits for its dependency, however often it was given up in the meantime', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    driver.cancel('r');
    for (const run of ['s', 't', 'u']) {
      driver.run(run, graph('b a<b'));
      if (run !== 'u') driver.cancel(run);
    }
    expect(driver.end('a', { type: 'stopped' })).toContain('start b on p');
    expect(driver.succeed('b')).toEqual(['b succeeded', 'start a on p']);
    expect(driver.succeed('a')).toEqual(['a succeeded', 'end u']);
  });

  it('does not wait for what failed for a run that has gone, and is not needed any longer', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }));
    driver.run('r', graph('a'));
    driver.cancel('r');
    driver.run('s', graph('b a<b'));
    driver.fail('b');
    driver.run('t', graph('a'));
    expect(driver.end('a', { type: 'stopped' })).toContain('start a on p');
    expect(driver.succeed('a')).toEqual(['a succeeded', 'end t']);
  });

  it('is dropped when that run is cancelled too', () => {
    const driver = wantedAgain();
    expect(driver.cancel('s')).toEqual([]);
    expect(driver.end('a', { type: 'stopped' })).toEqual(['end r', 'end s']);
  });
});
