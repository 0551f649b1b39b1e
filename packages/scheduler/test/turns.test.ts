import { describe, expect, it } from 'vitest';
import { Driver, graph, offer } from './driver.ts';

describe('runs that want the same slots', () => {
  it('get as many as each other, whichever came first and however long its way is', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 4 }));
    driver.run('large', graph('a b c d e f<e g<f'));
    driver.run('small', graph('x y z'));
    expect(driver.succeed('a')).toContain('start x on p');
    expect(driver.succeed('b')).toContain('start y on p');
    // Two each: now the longest way counts again.
    expect(driver.succeed('x')).toContain('start z on p');
    expect(driver.succeed('e')).toContain('start f on p');
  });

  it('give way to one of a higher priority, and get what it has no use for', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }));
    driver.run('usual', graph('a b c d'));
    const steps = graph('x y<x');
    driver.feed({ type: 'run-added', run: 'urgent', keepGoing: false, priority: 1, steps });
    expect(driver.succeed('a')).toContain('start x on p');
    expect(driver.succeed('b')).toContain('start c on p');
    expect(driver.succeed('x')).toContain('start y on p');
  });

  it('refuse a priority that is no number', () => {
    const steps = graph('a');
    const run = { type: 'run-added', run: 'r', keepGoing: false, priority: NaN, steps } as const;
    expect(() => new Driver().feed(run)).toThrow(expect.objectContaining({ code: 'bad-priority' }));
  });
});

describe('a step that several runs want', () => {
  it('has its turn with the one that is served first', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a b c'));
    const steps = graph('c');
    driver.feed({ type: 'run-added', run: 'urgent', keepGoing: false, priority: 1, steps });
    expect(driver.succeed('a')).toContain('start c on p');
  });

  it('loses that turn with the run that gave it', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a b c'));
    const steps = graph('c');
    driver.feed({ type: 'run-added', run: 'urgent', keepGoing: false, priority: 1, steps });
    driver.cancel('urgent');
    expect(driver.succeed('a')).toContain('start b on p');
  });

  it('counts for another once the run in whose turn it was started has gone', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }));
    driver.run('gone', graph('a'));
    driver.run('r', graph('a b c'));
    driver.run('s', graph('x y'));
    expect(driver.running.size).toBe(2);
    driver.cancel('gone');
    // r has two slots, so it is s's turn.
    expect(driver.succeed('b')).toContain('start x on p');
    expect(driver.succeed('a')).toContain('start c on p');
  });
});
