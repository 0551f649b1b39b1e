import type { RunResults } from '@dispatch/engine/report/run-report';
import type { NixSettings } from '../world/nix-conf.ts';
import { machineName } from './machine-name.ts';
import { count } from './quantities.ts';

/**
 * A note that nix.conf's `post-build-hook`, which fills many a cache, has not run: the local daemon runs it
 * for what it builds itself or has built remotely, but not for what dispatch has built on other machines.
 * Undefined where that is nothing, or there is no hook.
 */
export function hookNote(
  { results }: RunResults,
  readSettings: () => Pick<NixSettings, 'text'>,
): string | undefined {
  const elsewhere = [...results.values()].filter(
    (result) => result.type === 'succeeded' && machineName(result.builder) !== 'this machine',
  );
  if (elsewhere.length === 0 || !readSettings().text('post-build-hook')) return undefined;
  const what = count(elsewhere.length, 'derivation');
  return `nix.conf's post-build-hook did not run for ${what} that other machines built; set it there`;
}
