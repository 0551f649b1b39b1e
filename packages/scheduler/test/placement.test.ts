import { describe, expect, it } from 'vitest';
import type { StepRequest } from '../src/event.ts';
import { Driver, graph, line, offer, presentAt, request, stepId } from './driver.ts';

function lasting(weight: number): (step: StepRequest) => StepRequest {
  return (step) => ({ ...step, weight });
}

/** So many bytes of its inputs lie on p. */
function needing(bytes: number): (step: StepRequest) => StepRequest {
  return (step) => ({ ...step, present: [presentAt('input', ['p'], bytes)] });
}

/** What is said when a step ends on the slower of two idle builders that another one needs. */
function afterInputsOf(outputBytes: number): string[] {
  const driver = new Driver();
  driver.builders(offer('p', { speedFactor: 2 }), offer('q'));
  const chain = graph('a b<a').map(lasting(10_000));
  driver.run('r', [request('x', { weight: 90_000 }), ...chain]);
  driver.succeed('x');
  return driver.end('a', { type: 'succeeded', outputBytes });
}

describe('placement', () => {
  it('gives a step only to a builder of its system', () => {
    const driver = new Driver();
    driver.builders(offer('arm', { systems: ['aarch64-linux'] }), offer('intel'));
    expect(driver.run('r', graph('a'))).toEqual(['start a on intel']);
  });

  it('lets every builder run what is builtin', () => {
    const driver = new Driver();
    driver.builders(offer('arm', { systems: ['aarch64-linux'] }));
    expect(driver.run('r', [request('fetch', { system: 'builtin' })])).toEqual([
      'start fetch on arm',
    ]);
  });

  it('gives a step only to a builder with its features, mandatory ones included', () => {
    const driver = new Driver();
    driver.builders(
      offer('plain'),
      offer('vm', { supportedFeatures: ['kvm'] }),
      offer('vm-only', { mandatoryFeatures: ['kvm'], slots: 2 }),
    );
    expect(driver.run('r', [request('a', { requiredFeatures: ['kvm'] })])).toEqual([
      'start a on vm',
    ]);
    expect(driver.run('s', [request('b', { requiredFeatures: ['kvm'] })])).toEqual([
      'start b on vm-only',
    ]);
  });

  it('keeps a builder with mandatory features for the steps that ask for them', () => {
    const driver = new Driver();
    driver.builders(offer('vm-only', { mandatoryFeatures: ['kvm'] }));
    driver.run('r', graph('a'));
    expect(driver.result('r', 'a')).toEqual({
      type: 'unsupported',
      obstacles: [
        { builder: 'vm-only', obstacles: [{ type: 'mandatory-features', features: ['kvm'] }] },
      ],
    });
  });

  it('gives a reserve only what no other has a free slot for', () => {
    const driver = new Driver();
    driver.builders(offer('reserve', { slots: 9, speedFactor: 9, isReserve: true }));
    driver.builders(offer('slow', { slots: 2, speedFactor: 0.1 }));
    expect(driver.run('r', graph('a b c d<c'))).toEqual([
      'start c on slow',
      'start a on slow',
      'start b on reserve',
    ]);
    driver.succeed('a');
    // It is near its input on the reserve, and goes to the other all the same.
    expect(driver.run('s', graph('b e<b'))).toEqual([]);
    expect(driver.succeed('b')).toContain('start e on slow');
  });

  it('takes each line of a machine for itself, and all of them for its slots', () => {
    const driver = new Driver();
    const emulated = line({ systems: ['arm'], speedFactor: 0.6 });
    driver.builders(
      offer('both', {
        slots: 2,
        supportedFeatures: ['kvm'],
        speedFactor: 9,
        alsoOffers: [emulated],
      }),
      offer('native', { systems: ['arm'], slots: 2 }),
    );
    driver.run('r', [request('a', { system: 'arm', requiredFeatures: ['kvm'] })]);
    expect(driver.result('r', 'a')).toMatchObject({
      obstacles: [
        { builder: 'both', obstacles: [{ type: 'missing-features', features: ['kvm'] }] },
        { builder: 'native', obstacles: [{ type: 'missing-features', features: ['kvm'] }] },
      ],
    });
    const arm = ['b', 'c', 'd'].map((name) => request(name, { system: 'arm' }));
    expect(driver.run('s', arm)).toEqual([
      'start b on native',
      'start c on native',
      'start d on both',
    ]);
    expect(driver.run('t', graph('e f'))).toEqual(['start e on both']);
  });

  it('never uses more slots than a builder has', () => {
    const driver = new Driver();
    driver.builders(offer('two', { slots: 2 }));
    expect(driver.run('r', graph('a b c'))).toEqual(['start a on two', 'start b on two']);
    expect(driver.succeed('a')).toContain('start c on two');
  });

  it('prefers the builder that is fastest as it is loaded', () => {
    const driver = new Driver();
    driver.builders(offer('slow', { slots: 4 }), offer('fast', { slots: 4, speedFactor: 1.3 }));
    expect(driver.run('r', graph('a b c d'))).toEqual([
      'start a on fast',
      'start b on fast',
      'start c on slow',
      'start d on fast',
    ]);
  });

  it('prefers the builder that built the inputs among equals', () => {
    const driver = new Driver();
    driver.builders(offer('p'), offer('q'));
    driver.run('r', [request('x', { weight: 9 }), ...graph('a b<a').map(lasting(1))]);
    driver.succeed('x');
    expect(driver.succeed('a')).toContain('start b on q');
  });

  it('takes a slower builder when copying the inputs elsewhere would take longer', () => {
    // It would take five seconds longer on q; 100 MB are copied in one.
    expect(afterInputsOf(400_000_000)).toContain('start b on p');
    expect(afterInputsOf(600_000_000)).toContain('start b on q');
  });

  it('counts a builder as a holder of what it was given', () => {
    const driver = new Driver();
    driver.builders(offer('s'), offer('q'), offer('p', { slots: 2 }));
    const [chain, again] = [graph('a b<a e<b'), graph('a c<a')].map((steps) =>
      steps.map(lasting(1)),
    );
    driver.run('r', [request('x', { weight: 9 }), ...chain!]);
    driver.feed({ type: 'builder-draining', builder: 'q' });
    expect(driver.end('a', { type: 'succeeded', outputBytes: 10 ** 9 })).toContain('start b on p');
    driver.succeed('x');
    expect(driver.succeed('b')).toContain('start e on p');
    expect(driver.run('t', again!)).toEqual(['start c on p']);
  });

  describe('inputs that were there before', () => {
    const large = 10 ** 9;

    it('draw a step to the builder that holds most of them', () => {
      const driver = new Driver();
      driver.builders(offer('p'), offer('q'));
      const present = [
        presentAt('a', ['p', 'q'], large),
        presentAt('b', ['p'], 1),
        presentAt('c', ['q'], 2),
      ];
      expect(driver.run('r', [request('d', { present })])).toEqual(['start d on q']);
    });

    it('outweigh load when copying them takes longer', () => {
      const driver = new Driver();
      driver.builders(offer('p', { slots: 4 }), offer('q', { slots: 4 }));
      const small = graph('a b').map(lasting(100)).map(needing(1));
      expect(driver.run('r', small)).toEqual(['start a on p', 'start b on q']);
      const heaped = graph('c d').map(lasting(100)).map(needing(large));
      expect(driver.run('s', heaped)).toEqual(['start c on p', 'start d on p']);
    });

    it('are wherever a step began that needed them', () => {
      const driver = new Driver();
      driver.builders(offer('p'), offer('q'));
      const [b, ...chain] = graph('b c d<c').map(needing(large));
      const begun = driver.run('r', [lasting(9)(b!), ...chain.map(lasting(1))]);
      expect(begun).toEqual(['start b on p', 'start c on q']);
      driver.succeed('b');
      expect(driver.succeed('c')).toContain('start d on q');
    });

    it('draw nobody away from a faster builder that has them alone', () => {
      const driver = new Driver();
      driver.builders(offer('fast', { speedFactor: 4 }), offer('slow'));
      driver.run('r', [request('x', { weight: 1_000 })]);
      const present = [presentAt('a', ['fast'], large)];
      const waiting = [request('b', { weight: 5_000, present })];
      expect(driver.run('s', waiting)).toEqual(['watch 1 for 1000']);
    });

    it('decide nothing where very many have them', () => {
      const driver = new Driver();
      const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
      driver.builders(...names.map((name) => offer(name, { slots: 4 })));
      const present = [presentAt('a', names.slice(1), large)];
      const steps = names.slice(1).map((name) => request(name, { weight: 2_000, present }));
      driver.run('r', steps);
      const used = new Set([...driver.running.values()].map(({ builder }) => builder));
      expect(used.size).toBe(39);
    });

    it('are not waited for', () => {
      const driver = new Driver();
      driver.builders(offer('p'), offer('q'));
      driver.run('r', graph('a'));
      const present = [presentAt('i', ['p'], large)];
      expect(driver.run('s', [request('b', { present })])).toEqual(['start b on q']);
    });

    it('may lie on builders that are gone', () => {
      const driver = new Driver();
      driver.builders(offer('p'));
      const present = [presentAt('i', ['sold'], large)];
      expect(driver.run('r', [request('b', { present })])).toEqual(['start b on p']);
    });
  });

  it('lets a step pass that waits for a rare builder', () => {
    const driver = new Driver();
    driver.builders(offer('vm', { supportedFeatures: ['kvm'], slots: 1 }), offer('plain'));
    const kvm = { requiredFeatures: ['kvm'], weight: 10 };
    const steps = [request('a', kvm), request('b', kvm), request('c', { weight: 1 })];
    expect(driver.run('r', steps)).toEqual(['start a on vm', 'start c on plain']);
  });
});

describe('unsupported', () => {
  it('fails at once, with what each builder lacks', () => {
    const driver = new Driver();
    driver.builders(
      offer('arm', { systems: ['aarch64-linux'] }),
      offer('plain'),
      offer('off', { supportedFeatures: ['kvm'], slots: 0 }),
    );
    driver.run('r', [request('a', { requiredFeatures: ['kvm'] })]);
    expect(driver.result('r', 'a')).toEqual({
      type: 'unsupported',
      obstacles: [
        {
          builder: 'arm',
          obstacles: [
            { type: 'system', wanted: 'x86_64-linux', offered: ['aarch64-linux'] },
            { type: 'missing-features', features: ['kvm'] },
          ],
        },
        { builder: 'plain', obstacles: [{ type: 'missing-features', features: ['kvm'] }] },
        { builder: 'off', obstacles: [{ type: 'no-slots' }] },
      ],
    });
  });

  it('fails at once even while its dependencies are building, and theirs with it', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    const steps = [
      request('a'),
      request('b', { system: 'riscv64-linux', dependencies: [stepId('a')] }),
      request('c', { dependencies: [stepId('b')] }),
    ];
    expect(driver.run('r', steps, true)).toEqual([
      'b unsupported',
      'c dependency-failed',
      'start a on p',
    ]);
  });

  it('waits for a builder that is down, until it was called in vain often enough', () => {
    const driver = new Driver({ maximumProbes: 2 });
    driver.builders(offer('p'), offer('arm', { systems: ['aarch64-linux'] }));
    driver.down('p');
    expect(driver.run('r', graph('a b<a'))).toEqual([]);
    expect(driver.down('p')).toEqual(['probe p after 1000']);
    expect(driver.down('p')).toEqual([
      'probe p after 2000',
      'a unsupported',
      'b dependency-failed',
      'end r',
    ]);
    expect(driver.result('r', 'a')).toMatchObject({
      obstacles: [
        { builder: 'p', obstacles: [{ type: 'down', reason: 'no answer' }] },
        { builder: 'arm', obstacles: [{ type: 'system' }] },
      ],
    });
  });

  it('gives nothing up that a builder which is up could run', () => {
    const driver = new Driver();
    driver.builders(offer('p'));
    driver.builders(offer('q'));
    driver.run('r', graph('a b c'));
    driver.succeed('a');
    for (let call = 0; call < 20; call += 1) driver.down('p');
    expect(driver.said).toEqual(['probe p after 60000']);
    expect(driver.succeed('b')).toEqual(['b succeeded', 'start c on q']);
  });
});
