import { describe, expect, it } from 'vitest';
import { Driver, graph, offer, request, stepId } from './driver.ts';

describe('a builder that goes down', () => {
  it('loses its attempts to the others', () => {
    const driver = new Driver();
    driver.builders(offer('p', { slots: 2 }), offer('q', { slots: 2 }));
    driver.run('r', graph('a b'));
    expect(driver.down('p')).toEqual(['probe p after 500', 'stop a on p', 'start a on q']);
    expect(driver.succeed('b')).toEqual(['b succeeded']);
  });

  it('is not heard any more about the attempts that it lost', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a'));
    driver.down('p');
    expect(
      driver.feed({ type: 'attempt-ended', attempt: 1, outcome: { type: 'succeeded' } }),
    ).toEqual([]);
    expect(driver.feed({ type: 'builder-down', builder: 'p', reason: 'again' })).toEqual([
      'probe p after 1000',
    ]);
  });

  it('gives back the slots of attempts that were being stopped, and lets their run end', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    driver.cancel('r');
    expect(driver.down('p')).toEqual(['probe p after 500', 'end r']);
    driver.run('s', graph('b'));
    expect(driver.up('p')).toEqual(['start b on p']);
  });

  it('gets its step back only while no other is up', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b c'));
    expect(driver.lose('a')).toEqual(['start c on p']);
    expect(driver.succeed('c')).toEqual(['c succeeded']);
    expect(driver.feed({ type: 'builder-draining', builder: 'q' })).toEqual(['start a on p']);
  });
});

describe('lost attempts', () => {
  it('are counted, and the step is given up with each reason', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'), offer('s'), offer('t'));
    driver.run('r', graph('a b<a'), true);
    expect(driver.lose('a')).toEqual(['start a on q']);
    driver.down('q');
    expect(driver.lose('a')).toEqual(['a faults-exhausted', 'b dependency-failed', 'end r']);
    expect(driver.result('r', 'a')).toEqual({
      type: 'faults-exhausted',
      faults: [
        { attempt: 1, builder: 'p', reason: 'broken link' },
        { attempt: 2, builder: 'q', reason: 'no answer' },
        { attempt: 3, builder: 's', reason: 'broken link' },
      ],
    });
  });

  it('are bounded by the option', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    expect(driver.lose('a')).toEqual(['a faults-exhausted', 'end r']);
  });

  it('include one that was stopped unasked', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    expect(driver.end('a', { type: 'stopped' })).toContain('a faults-exhausted');
  });

  it('do not hold up other steps when a builder crashes again and again', () => {
    const driver = new Driver();
    driver.builders(offer('bad', { speedFactor: 10 }), offer('good'));
    driver.run('r', graph('a b c d'), true);
    for (let turn = 0; turn < 20 && driver.running.size > 0; turn += 1) {
      for (const { step, builder } of driver.running.values()) {
        if (builder === 'good') driver.succeed(step);
        else driver.lose(step);
      }
    }
    expect([...driver.results.get('r')!.values()].map(({ type }) => type)).toEqual(
      Array.from({ length: 4 }, () => 'succeeded'),
    );
  });
});

describe('a loss that is the doing of where the inputs come from', () => {
  it('neither counts against the step nor keeps it from its builder', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p', { speedFactor: 2 }), offer('q'), offer('source'));
    driver.run('r', graph('a'));
    driver.down('source');
    expect(driver.loseInputs('a', 'source')).toEqual(['start a on p']);
  });

  it('lets the step rest while the source is not known to be down, longer each time', () => {
    const driver = new Driver({ maximumFaults: 2 });
    driver.builders(offer('p'), offer('source', { speedFactor: 0.1 }));
    driver.run('r', graph('a'));
    const rested = { type: 'step-rested', step: stepId('a') } as const;
    const said = Array.from({ length: 5 }, () => {
      const [word] = driver.loseInputs('a', 'source');
      driver.feed(rested);
      return word;
    });
    const rests = [1000, 4000, 16_000, 16_000, 16_000].map((ms) => `rest a for ${ms}`);
    expect(said).toEqual(rests);
    expect(driver.loseInputs('a', 'source')).toEqual(['a faults-exhausted', 'end r']);
  });

  it('is the doing of its builder when it is itself the source', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    expect(driver.loseInputs('a', 'p')).toEqual(['a faults-exhausted', 'end r']);
  });
});

describe('patience', () => {
  it('grows from call to call, up to a minute, and begins anew when the builder answered', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const said = Array.from({ length: 9 }, () => driver.down('p')[0]);
    const delays = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
    expect(said).toEqual(delays.map((ms) => `probe p after ${ms}`));
    driver.up('p');
    expect(driver.down('p')).toEqual(['probe p after 500']);
  });

  it('goes on while others work, and a builder that is back in time gets its steps', () => {
    const driver = new Driver({ maximumProbes: 1 });
    driver.builders(offer('p'), offer('vm', { supportedFeatures: ['kvm'] }));
    driver.run('r', [request('a'), request('b', { requiredFeatures: ['kvm'] })], true);
    driver.down('vm');
    for (let call = 0; call < 5; call += 1) driver.down('vm');
    expect(driver.up('vm')).toEqual(['start b on vm']);
    driver.down('vm');
    driver.down('vm');
    expect(driver.succeed('a')).toEqual(['a succeeded', 'b unsupported', 'end r']);
  });

  it('is not had with a builder for another system, whatever that is called', () => {
    const driver = new Driver();
    driver.builders(offer('p', { supportedFeatures: ['kvm'] }));
    const { system } = request('a');
    const odd = JSON.stringify([system, ['kvm']]);
    const steps = [request('a', { system: odd }), request('b', { requiredFeatures: ['kvm'] })];
    expect(driver.run('r', steps, true)).toEqual(['a unsupported', 'start b on p']);
  });

  it('is not had with a builder that never answered', () => {
    const driver = new Driver();
    expect(driver.feed({ type: 'builder-added', builder: offer('p'), fault: 'no' })).toEqual([
      'probe p after 8000',
    ]);
    expect(driver.run('r', graph('a'))).toEqual(['a unsupported', 'end r']);
    driver.up('p');
    expect(driver.run('s', graph('a'))).toEqual(['start a on p']);
  });

  it('lasts for one call more where that of a builder without news is long ago', () => {
    const driver = new Driver();
    driver.feed({ type: 'builder-added', builder: offer('p'), fault: 'no' });
    expect(driver.down('p')).toEqual(['probe p after 60000']);
    expect(driver.run('r', graph('a'))).toEqual(['probe p after 0']);
    expect(driver.down('p')).toEqual(['probe p after 8000', 'a unsupported', 'end r']);
  });

  it('is shorter with builders that are needed', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a'));
    for (let call = 0; call < 9; call += 1) driver.down('q');
    expect(driver.said).toEqual(['probe q after 60000']);
    expect(driver.down('p'), 'q may be back').toEqual([
      'probe p after 500',
      'stop a on p',
      'probe q after 0',
    ]);
    expect(driver.down('q')).toEqual(['probe q after 8000']);
    const calls = Array.from({ length: 5 }, () => driver.down('p')[0]);
    expect(calls.at(-1)).toEqual('probe p after 8000');
    expect(driver.up('q')).toEqual(['start a on q']);
    expect(driver.down('p'), 'q does its work').toEqual(['probe p after 32000']);
  });

  it('lets a step rest, longer each time, before it goes where it was lost', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a'));
    const rested = { type: 'step-rested', step: stepId('a') } as const;
    expect(driver.lose('a')).toEqual(['rest a for 1000']);
    expect(driver.feed(rested)).toEqual(['start a on p']);
    expect(driver.feed(rested)).toEqual([]);
    expect(driver.lose('a')).toEqual(['rest a for 4000']);
    driver.cancel('r');
    expect(driver.said).toEqual(['end r']);
    expect(driver.feed(rested)).toEqual([]);
  });
});

function hubDown(driver: Driver): string[] {
  return driver.feed({ type: 'hub-down', reason: 'gone' });
}

describe('a hub that is away', () => {
  it('holds everything up, and what fails meanwhile is no fault', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a b c'));
    expect(hubDown(driver)).toEqual(['probe hub after 500']);
    expect(driver.lose('a')).toEqual([]);
    expect(hubDown(driver)).toEqual(['probe hub after 1000']);
    expect(driver.succeed('b')).toEqual(['b succeeded']);
    expect(driver.feed({ type: 'hub-up' })).toEqual(['start a on p', 'start c on q']);
    expect(hubDown(driver)).toEqual(['probe hub after 500']);
  });

  it('is given up with its reason when nothing is under way any more', () => {
    const driver = new Driver({ maximumProbes: 1 });
    driver.builders(offer('p'));
    driver.run('r', graph('a b<a'));
    hubDown(driver);
    expect(hubDown(driver)).toEqual(['probe hub after 1000']);
    expect(driver.lose('a')).toEqual(['a unsupported', 'b dependency-failed', 'end r']);
    expect(driver.result('r', 'a')).toEqual({
      type: 'unsupported',
      obstacles: [{ builder: 'p', obstacles: [{ type: 'down', reason: 'gone' }] }],
    });
  });
});

describe('a builder that drains', () => {
  it('finishes what it has and gets nothing more until it is resumed', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.run('r', graph('a b'));
    expect(driver.feed({ type: 'builder-draining', builder: 'p' })).toEqual([]);
    expect(driver.succeed('a')).toEqual(['a succeeded']);
    expect(driver.up('p'), 'that it answers is not enough').toEqual([]);
    expect(driver.feed({ type: 'builder-resumed', builder: 'p' })).toEqual(['start b on p']);
  });

  it('has what it runs moved elsewhere at once when it is skipped, without a fault counted', () => {
    const driver = new Driver({ maximumFaults: 1 });
    driver.builders(offer('p'), offer('q', { speedFactor: 0.1 }));
    driver.run('r', graph('a'));
    expect(driver.feed({ type: 'builder-skipped', builder: 'p' })).toEqual(['stop a on p']);
    expect(driver.end('a', { type: 'stopped' })).toEqual(['start a on q']);
  });
});

function remove(driver: Driver, builder: string): string[] {
  return driver.feed({ type: 'builder-removed', builder, reason: 'sold' });
}

describe('a builder that is removed', () => {
  it('loses its attempts to the others', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', graph('a'));
    expect(remove(driver, 'p')).toEqual(['stop a on p', 'start a on q']);
  });

  it('fails the steps that only it could run, in line or not', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('vm', { supportedFeatures: ['kvm'] }));
    const kvm = { requiredFeatures: ['kvm'] };
    const later = request('later', { ...kvm, dependencies: [stepId('plain')] });
    const steps = [request('now', kvm), request('next', kvm), request('plain'), later];
    driver.run('r', steps, true);
    expect(remove(driver, 'vm')).toEqual([
      'stop now on vm',
      'now unsupported',
      'next unsupported',
      'later unsupported',
    ]);
  });

  it('may be added again, as another one', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    remove(driver, 'p');
    driver.builders(offer('p', { systems: ['aarch64-linux'] }));
    expect(driver.run('r', [request('a', { system: 'aarch64-linux' })])).toEqual(['start a on p']);
  });
});

it('changes nothing when it hears of builders that it does not know', () => {
  const driver = new Driver();
  expect(driver.up('p')).toEqual([]);
  expect(driver.down('p')).toEqual([]);
  expect(driver.feed({ type: 'builder-removed', builder: 'p', reason: '' })).toEqual([]);
});

describe('a builder that turns out to offer something else', () => {
  it('goes on with what it runs, and gets nothing more that it is not fit for', () => {
    const driver = new Driver();
    const kvm = { supportedFeatures: ['kvm'] };
    driver.builders(offer('p', kvm), offer('q'));
    const needs = { requiredFeatures: ['kvm'] };
    driver.run('r', [request('a', needs), request('b', needs), request('c')], true);
    expect(driver.feed({ type: 'builder-changed', builder: offer('p') })).toEqual([
      'b unsupported',
    ]);
    expect(driver.succeed('a')).toEqual(['a succeeded']);
    expect(driver.succeed('c')).toEqual(['c succeeded', 'end r']);
  });

  it('gets what it is fit for now', () => {
    const driver = new Driver();
    driver.builders(offer('p', { mandatoryFeatures: ['kvm'] }), offer('q', { slots: 1 }));
    driver.run('r', graph('a b'));
    expect(driver.feed({ type: 'builder-changed', builder: offer('p') })).toEqual(['start b on p']);
  });

  it('is refused as when it was added', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const builder = offer('p', { slots: -1 });
    expect(() => driver.feed({ type: 'builder-changed', builder })).toThrow('-1 slots');
  });
});
