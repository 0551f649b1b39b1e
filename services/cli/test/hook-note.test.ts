import type { RunResults } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { hookNote } from '../src/show/hook-note.ts';

function resultsOn(...builders: readonly string[]): RunResults {
  const results = builders.map(
    (builder, attempt) =>
      [`/nix/store/${attempt}.drv` as StorePath, { type: 'succeeded', builder, attempt }] as const,
  );
  const none = { roots: [], steps: [], substitutes: [], present: 0, links: [], uncollected: [] };
  return { outcome: 'succeeded', ...none, results: new Map(results) };
}

test.each([
  ['/etc/hook', ['daemon', 'ssh-ng://a', 'ssh-ng://b'], 'for 2 derivations that other machines'],
  ['/etc/hook', ['auto', 'daemon'], undefined],
  ['', ['ssh-ng://a'], undefined],
  [undefined, ['ssh-ng://a'], undefined],
])('a post-build-hook %j with builds on %j', (hook, builders, told) => {
  const note = hookNote(resultsOn(...builders), () => ({ text: () => hook }));
  expect(note?.replace(/^.*did not run (.*) built;.*$/, '$1')).toBe(told);
});
