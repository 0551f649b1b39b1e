import { describe, expect, it } from 'vitest';
import { Driver, graph, offer } from './driver.ts';

/** A farm on which `bad` is the first choice, and has lost so many steps in a row; `good` runs others. */
function afterFaults(count: number, goodWork: 'ends' | 'goes on'): Driver {
  const driver = new Driver({ maximumFaults: 9 });
  driver.builders(offer('bad', { speedFactor: 9 }), offer('good', { slots: 99 }));
  for (let at = 0; at < count; at += 1) {
    driver.run(`r${at}`, graph(`s${at}`));
    driver.lose(`s${at}`);
    if (goodWork === 'ends') driver.succeed(`s${at}`);
  }
  return driver;
}

describe('a builder that loses one step after the other while others do well', () => {
  it('is left alone after the third, for a minute', () => {
    expect(afterFaults(2, 'ends').run('r', graph('a'))).toEqual(['start a on bad']);
    const driver = afterFaults(2, 'ends');
    driver.run('r', graph('a'));
    expect(driver.lose('a')).toEqual(['probe bad after 60000', 'start a on good']);
    expect(driver.run('s', graph('b'))).toEqual(['start b on good']);
  });

  it('is not blamed while nobody finishes anything', () => {
    expect(afterFaults(5, 'goes on').run('r', graph('a'))).toEqual(['start a on bad']);
  });

  it('is not blamed for what it lost before it finished something, be it a failure', () => {
    const driver = afterFaults(2, 'ends');
    driver.run('f', graph('f'));
    driver.fail('f');
    driver.run('r', graph('a'));
    expect(driver.lose('a')).toEqual(['start a on good']);
  });

  it('gets one step at a time when it answers, until it has finished one', () => {
    const driver = new Driver({ maximumFaults: 9 });
    driver.builders(offer('bad', { slots: 3, speedFactor: 9 }), offer('good', { slots: 9 }));
    driver.run('w', graph('w x y'));
    driver.lose('w');
    driver.succeed('w');
    driver.lose('x');
    driver.lose('y');
    expect(driver.said).toContain('probe bad after 60000');
    driver.run('r', graph('a b'));
    expect(driver.up('bad')).toEqual([]);
    expect(driver.run('s', graph('c d e'))).toEqual([
      'start c on bad',
      'start d on good',
      'start e on good',
    ]);
    driver.succeed('c');
    expect(driver.run('t', graph('f g'))).toEqual(['start f on bad', 'start g on bad']);
  });

  it('is left alone for longer when it loses that one too', () => {
    const driver = afterFaults(3, 'ends');
    driver.run('r', graph('a'));
    driver.up('bad');
    driver.run('s', graph('b'));
    expect(driver.lose('b')).toContain('probe bad after 240000');
  });

  it('is forgiven when somebody resumes it', () => {
    const driver = afterFaults(3, 'ends');
    driver.feed({ type: 'builder-resumed', builder: 'bad' });
    driver.run('r', graph('a'));
    expect(driver.lose('a')).toEqual(['start a on good']);
  });
});

/** Its third loss comes when no other takes work; the step of it is `x`, and `good` is down. */
function needed(): Driver {
  const driver = afterFaults(2, 'ends');
  driver.run('r', graph('x'));
  driver.down('good');
  return driver;
}

describe('a builder in quarantine that something waits for', () => {
  it('is called at once, and gets one step at a time', () => {
    const driver = needed();
    driver.run('s', graph('y'));
    expect(driver.lose('x')).toEqual(['probe bad after 60000', 'probe bad after 0']);
    expect(driver.up('bad')).toEqual(['start x on bad']);
  });

  it('is called at once when the others are lost later', () => {
    const driver = afterFaults(2, 'ends');
    driver.run('r', graph('x'));
    driver.lose('x');
    expect(driver.down('good')).toEqual([
      'probe good after 500',
      'stop x on good',
      'probe bad after 0',
    ]);
    expect(driver.down('good'), 'once').toEqual(['probe good after 1000']);
  });

  it("is left alone for longer from loss to loss all the same, and may take none of the step's tries from it", () => {
    const driver = needed();
    const said = Array.from({ length: 4 }, () => {
      const last = driver.lose('x').at(-1);
      driver.up('bad');
      return last;
    });
    const delays = [0, 15_000, 60_000, 240_000];
    expect(said).toEqual(delays.map((ms) => `probe bad after ${ms}`));
    driver.lose('x');
    expect(driver.up('good')).toEqual(['start x on good']);
    expect(driver.succeed('x')).toEqual(['x succeeded', 'end r']);
  });

  it('ends what waits when no other is waited for any longer', () => {
    const driver = needed();
    for (let call = 0; call < 11; call += 1) driver.down('good');
    for (let loss = 0; loss < 8; loss += 1) {
      driver.lose('x');
      driver.down('good');
      driver.up('bad');
    }
    expect(driver.lose('x')).toContain('x faults-exhausted');
  });

  it('stays alone when it is drained', () => {
    const driver = needed();
    driver.feed({ type: 'builder-draining', builder: 'bad' });
    expect(driver.lose('x')).toEqual(['probe bad after 60000']);
  });
});

it('is nothing that comes of inputs which another builder could not give', () => {
  const driver = afterFaults(2, 'ends');
  driver.run('r', graph('a'));
  driver.down('good');
  expect(driver.loseInputs('a', 'good')).toEqual(['start a on bad']);
});

it('is nothing that a lost hub puts a builder into', () => {
  const driver = afterFaults(2, 'ends');
  driver.run('r', graph('a'));
  driver.feed({ type: 'hub-down', reason: 'cut' });
  expect(driver.lose('a')).toEqual([]);
});
