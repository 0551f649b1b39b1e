import type { PlannedPoison } from '@dispatch/engine/poison/poison-plan';
import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import { recordJson } from '../show/poison-record.ts';
import type { PricedPoison } from './cost-of-poison.ts';

/** The derivations that are poisoned, and the serials that they get. */
export function poisonLines(planned: readonly PlannedPoison[]): string[] {
  return planned.flatMap(({ subject, standing, form, serial }) => {
    const unproven =
      form === 'unproven'
        ? `; it carries serial ${subject.carried ?? 0}, which this ledger does not know`
        : '';
    return [
      `${subject.name}: serial ${standing.serial} -> ${serial}${unproven}`,
      `  ${subject.identity.drvPath}`,
    ];
  });
}

/** The same for programs. */
export function poisonJson(
  planned: readonly PlannedPoison[],
  { cost, within, roots, gone }: PricedPoison,
  written: readonly PoisonRecord[],
): object {
  return {
    written: written.length > 0,
    poisoned: planned.map(({ subject, standing, form, serial }) => ({
      given: subject.word,
      path: subject.path,
      name: subject.name,
      ...subject.identity,
      form,
      carried: subject.carried,
      before: standing.serial,
      serial,
    })),
    cost: {
      within,
      roots,
      gone,
      derivations: cost.derivations.map(({ original, name, outputs, lastMs }) => ({
        drvPath: original,
        name,
        outputs,
        lastMs: lastMs ?? null,
      })),
      outputs: cost.outputs,
      lastMs: cost.lastMs,
      untimed: cost.untimed,
    },
    records: written.map(recordJson),
  };
}
