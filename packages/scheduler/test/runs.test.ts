import { describe, expect, it } from 'vitest';
import { Driver, graph, offer, request, stepId } from './driver.ts';

describe('a run', () => {
  it('starts a step once its dependencies are there, and ends with a result for each', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 4 }));
    expect(driver.run('r', graph('d<b,c b<a c<a a'))).toEqual(['start a on p']);
    expect(driver.succeed('a')).toEqual(['a succeeded', 'start b on p', 'start c on p']);
    expect(driver.succeed('c')).toEqual(['c succeeded']);
    expect(driver.succeed('b')).toEqual(['b succeeded', 'start d on p']);
    expect(driver.succeed('d')).toEqual(['d succeeded', 'end r']);
    expect([...driver.results.get('r')!.keys()]).toEqual(['d', 'b', 'c', 'a'].map(stepId));
    expect(driver.result('r', 'd')).toEqual({ type: 'succeeded', builder: 'p', attempt: 4 });
  });

  it('ends at once when it wants nothing', () => {
    expect(new Driver().run('r', [])).toEqual(['end r']);
  });

  it('waits until there is a builder that is up', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.down('p');
    expect(driver.run('r', graph('a'))).toEqual([]);
    expect(driver.up('p')).toEqual(['start a on p']);
  });

  it('may be added again once it has ended', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    driver.succeed('a');
    expect(driver.run('r', graph('a'))).toEqual(['start a on p']);
  });
});

describe('a failure', () => {
  it('is not retried, and fails the dependants with its cause', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b<a c<b d'), true);
    expect(driver.fail('a')).toEqual(['a failed', 'b dependency-failed', 'c dependency-failed']);
    expect(driver.succeed('d')).toEqual(['d succeeded', 'end r']);
    expect(driver.result('r', 'a')).toEqual({
      type: 'failed',
      builder: 'p',
      attempt: 1,
      status: 'PermanentFailure',
      message: 'exit 1',
    });
    expect(driver.result('r', 'c')).toEqual({ type: 'dependency-failed', cause: stepId('a') });
  });

  it('with keepGoing stops only what depends on it', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }));
    driver.run('r', graph('a b c<a d<b'), true);
    driver.fail('a');
    expect(driver.succeed('b')).toEqual(['b succeeded', 'start d on p']);
  });

  it('without keepGoing stops the whole run, which ends when its attempts have', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }));
    driver.run('r', graph('a b c d<a'));
    expect(driver.fail('a')).toEqual(['a failed', 'd dependency-failed', 'stop b on p']);
    expect(driver.end('b', { type: 'stopped' })).toEqual(['end r']);
    const cancelled = { type: 'cancelled', because: 'run-failed' };
    expect(driver.result('r', 'b')).toEqual(cancelled);
    expect(driver.result('r', 'c')).toEqual(cancelled);
  });

  it('reaches the end of a chain that is deeper than the stack', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const steps = Array.from({ length: 100_000 }, (_, at) =>
      request(`s${at}`, { dependencies: at === 0 ? [] : [stepId(`s${at - 1}`)] }),
    );
    driver.run('r', steps, true);
    driver.fail('s0');
    expect(driver.result('r', 's99999')).toEqual({
      type: 'dependency-failed',
      cause: stepId('s0'),
    });
  });

  it('reaches more dependants than a call may have arguments', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const leaves = Array.from({ length: 200_000 }, (_, at) =>
      request(`s${at}`, { dependencies: [stepId('root')] }),
    );
    driver.run('r', [request('root'), ...leaves], true);
    driver.fail('root');
    expect(driver.results.get('r')?.size).toBe(200_001);
  });
});

describe('cancelling', () => {
  it('stops the attempts and holds their slots until they have ended', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a b<a'));
    expect(driver.cancel('r')).toEqual(['stop a on p']);
    expect(driver.run('s', graph('c'))).toEqual([]);
    expect(driver.end('a', { type: 'stopped' })).toEqual(['end r', 'start c on p']);
    expect(driver.result('r', 'b')).toEqual({ type: 'cancelled', because: 'run-cancelled' });
  });

  it('ends a run of which nothing runs at once', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.down('p');
    driver.run('r', graph('a b<a'));
    expect(driver.cancel('r')).toEqual(['end r']);
    expect(driver.up('p')).toEqual([]);
  });

  it('is without effect on a run that has ended', () => {
    expect(new Driver().cancel('r')).toEqual([]);
  });

  it('asks once for an attempt to be stopped', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    driver.cancel('r');
    expect(driver.cancel('r')).toEqual([]);
  });
});
