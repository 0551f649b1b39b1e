import type { StorePath } from '@dispatch/nix/store-path';
import type { Identity } from '../../src/identity.ts';
import type { Effect, PoisonChange, PoisonRecord } from '../../src/poison-record.ts';
import type { StepRecord } from '../../src/run-record.ts';

const alphabet = '0123456789abcdfghijklmnpqrsvwxyz';

/** A store path that is the same for the same label, and another for another. */
export function path(label: string): StorePath {
  let hash = '';
  let state = 2166136261;
  for (let at = 0; at < 32; at += 1) {
    for (const character of `${label}${at}`) {
      state = Math.imul(state ^ character.charCodeAt(0), 16777619) >>> 0;
    }
    hash += alphabet[(state >>> 8) % 32];
  }
  return `/nix/store/${hash}-${label}` as StorePath;
}

export function drv(label: string): StorePath {
  return path(`${label}.drv`);
}

export function identity(label: string, ...outputs: string[]): Identity {
  return { drvPath: drv(label), outputPaths: outputs.map(path).toSorted() };
}

export function change(
  of: Identity,
  effect: Effect = 'poison',
  rest: Partial<PoisonChange> = {},
): PoisonChange {
  return { identity: of, effect, author: 'ann', time: 1_700_000_000_000, reason: 'bad', ...rest };
}

export function record(
  of: Identity,
  epoch: number,
  rest: Partial<PoisonRecord> = {},
): PoisonRecord {
  return { ...change(of), epoch, ...rest };
}

/** A step whose derivation got other paths by the serials above it. */
export function step(label: string, rest: Partial<StepRecord> = {}): StepRecord {
  return {
    original: drv(label),
    rewritten: drv(`${label}-new`),
    name: label,
    system: 'x86_64-linux',
    outputs: [
      { name: 'out', original: path(label), rewritten: path(`${label}-new`) },
      { name: 'dev', original: path(`${label}-dev`), rewritten: path(`${label}-new-dev`) },
    ],
    status: 'built',
    builder: 'ssh-ng://one',
    durationMs: 1000,
    logFile: undefined,
    ...rest,
  };
}
