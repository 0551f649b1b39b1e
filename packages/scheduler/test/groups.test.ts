import { describe, expect, it } from 'vitest';
import { Driver, graph, groupOf, offer, stepId } from './driver.ts';

/** Three members with an input each, and their join. */
const three = 'i a<i b<i c j<a,b,c';

function started(): Driver {
  const driver = new Driver();
  driver.builders(offer('x'), offer('y'), offer('z'));
  driver.runGroups('r', graph('a b c j<a,b,c'), groupOf('j', ['a', 'b', 'c']));
  driver.started('j');
  return driver;
}

describe('a group', () => {
  it('is refused where it could never be held', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'));
    expect(driver.runGroups('r', graph(three), groupOf('j', ['a', 'b', 'c']))).toEqual([
      'a group-unfit',
      'j dependency-failed',
      'b group-unfit',
      'c group-unfit',
      'end r',
    ]);
  });

  it('waits for the inputs of all members', () => {
    const driver = new Driver();
    driver.builders(offer('x'), offer('y'), offer('z'));
    expect(driver.runGroups('r', graph(three), groupOf('j', ['a', 'b', 'c']))).toEqual([
      'start i on x',
    ]);
    expect(driver.succeed('i')).toEqual([
      'i succeeded',
      'watch 1 for j for 30000',
      'start j: a on x, b on y, c on z',
    ]);
  });

  it('counts for nothing until it is committed', () => {
    const driver = started();
    expect(driver.succeed('a')).toEqual([]);
    expect(driver.succeed('b')).toEqual([]);
    expect(driver.succeed('c')).toEqual(['commit j']);
    expect(driver.committed('j')).toEqual([
      'a succeeded',
      'b succeeded',
      'c succeeded',
      'start j on x',
    ]);
  });

  it('fails as one', () => {
    const driver = started();
    driver.succeed('a');
    expect(driver.fail('b')).toEqual(['stop c on z']);
    expect(driver.end('c', { type: 'stopped' })).toEqual([
      'b failed',
      'j dependency-failed',
      'a group-failed',
      'c group-failed',
      'end r',
    ]);
    expect(driver.result('r', 'a')).toMatchObject({ cause: stepId('b'), reason: 'exit 1' });
  });

  it('is not put back into line by what ends its run as well', () => {
    const driver = new Driver();
    driver.builders(offer('x', { slots: 2 }), offer('y', { slots: 2 }));
    const groups = [groupOf('j', ['a', 'b']), groupOf('k', ['c', 'd'])];
    driver.runGroups('r', graph('a b j<a,b c d k<c,d'), ...groups);
    expect(driver.fail('a')).toEqual(['stop b on y']);
    expect(driver.down('y')).toEqual([
      'probe y after 500',
      'a failed',
      'j dependency-failed',
      'b group-failed',
      'stop c on x',
      'stop d on y',
    ]);
    expect(driver.succeed('c')).toEqual(['end r']);
  });
});
