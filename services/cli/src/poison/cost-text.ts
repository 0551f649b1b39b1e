import { derivationName } from '@dispatch/nix/store-path';
import { count, duration, some } from '../show/quantities.ts';
import type { PricedPoison } from './cost-of-poison.ts';

/** If a poisoning costs more than this, a person is asked before anything is written. */
export const freeDerivations = 100;
export const freeMs = 600_000;

/** Whether a poisoning costs so much that somebody must confirm it. */
export function isExpensive({ cost }: PricedPoison): boolean {
  return cost.derivations.length > freeDerivations || cost.lastMs > freeMs;
}

/** What a poisoning costs, in a few lines. */
export function costLines(priced: PricedPoison): string[] {
  const { cost, roots, gone } = priced;
  const lines: string[] = [];
  if (gone.length > 0) {
    lines.push(
      `not looked at, since their derivations are gone: ${some(gone.map(derivationName))}`,
    );
  }
  if (roots.length === 0) {
    lines.push('what it costs is not known: no run is recorded here; name roots with --in');
    return lines;
  }
  const where = `${some(roots.map(derivationName), 3)}${whence(priced)}`;
  if (cost.derivations.length === 0) {
    lines.push(`it costs nothing in ${where}: nothing there depends on it`);
    return lines;
  }
  lines.push(
    `in ${where}: ${count(cost.derivations.length, 'derivation')} with ` +
      `${count(cost.outputs, 'output')} must be built again; ${timeText(priced)}`,
    `  ${some(cost.derivations.map(({ name }) => name))}`,
  );
  return lines;
}

function whence({ within }: PricedPoison): string {
  return within === 'last-runs' ? ' (built by the last runs)' : '';
}

function timeText({ cost }: PricedPoison): string {
  const { derivations, lastMs, untimed } = cost;
  if (untimed === derivations.length) return 'how long they take is not known here';
  const rest = untimed === 0 ? '' : `, and of ${untimed} it is not known here`;
  return `they took ${duration(lastMs)} when last built${rest}`;
}
