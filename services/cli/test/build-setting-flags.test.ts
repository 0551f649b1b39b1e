import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { keepsGoing, withOptions } from '../src/build/setting-flags.ts';

/** The flags as they are after `--option NAME VALUE`, whose two words come joined. */
function flagsOf(...option: readonly string[]): object {
  const { option: _, ...flags } = withOptions({ option });
  return flags;
}

test('--option says what an option of its own says, which counts for more', () => {
  expect(flagsOf('keep-going=yes', 'builders=a ; b', 'timeout=5', 'max-jobs=auto')).toEqual({
    keepGoing: true,
    builders: 'a ; b',
    timeout: 5,
    maxJobs: availableParallelism(),
  });
  expect(withOptions({ option: ['timeout=5'], timeout: 7 })).toMatchObject({ timeout: 7 });
});

test.each([
  ['timeout=soon', '--option timeout soon: it must be a whole number from 0 up'],
  ['keep-going=on', '--option keep-going on: it must be true or false'],
  ['max-jobs=all', "it must be a whole number from 0 up, or 'auto'"],
  ['post-build-hook=/x', '--option post-build-hook is not passed on to builders'],
  ['constructor=x', '--option constructor is not passed on'],
])('%s is refused', (option, message) => {
  expect(() => flagsOf(option)).toThrow(message);
});

test('a run keeps going where the command line says so, else where nix.conf does', () => {
  const environment = { NIX_CONF_DIR: '/none', HOME: '/none', NIX_CONFIG: 'keep-going = true' };
  expect(keepsGoing({}, environment)).toBe(true);
  expect(keepsGoing({ keepGoing: false }, environment)).toBe(false);
  expect(keepsGoing({}, { ...environment, NIX_CONFIG: '' })).toBe(false);
});
