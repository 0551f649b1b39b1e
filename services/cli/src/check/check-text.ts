import type { CheckReport, PoisonedInput } from '@dispatch/engine/check/check-report';
import { baseName } from '@dispatch/nix/store-path';
import { recordJson, recordText } from '../show/poison-record.ts';
import { count, some } from '../show/quantities.ts';
import { harmless } from '../show/terminal.ts';

const shownPoison = 10;

/** The result of a check, for people. */
export function checkLines(report: CheckReport, now: number): string[] {
  const { poisoned, unproven } = report;
  const more = poisoned.length - shownPoison;
  return [
    `${harmless(report.word)}: ${verdictText(report)}`,
    ...poisoned.slice(0, shownPoison).flatMap((one) => poisonedLines(one, now)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...unproven.map(
      ({ name, serial }) =>
        `  ${name} carries serial ${serial}, which this ledger does not know: somebody's poison, unproven`,
    ),
    ...uncheckedLines(report),
  ];
}

function verdictText({ verdict, poisoned, derivations }: CheckReport): string {
  switch (verdict) {
    case 'valid':
      return `valid (${count(derivations, 'derivation')} looked at)`;
    case 'poisoned':
      return `POISONED: ${count(poisoned.length, 'derivation')} that it was built from`;
    case 'unknown':
    default:
      return 'nothing poisoned was found, but not everything could be looked at';
  }
}

function poisonedLines(input: PoisonedInput, now: number): string[] {
  const { name, record, chain } = input;
  const names = chain.map((link) => link.name);
  return [
    `  ${name} ${serialText(input)}${record === undefined ? '' : `; ${recordText(record, now)}`}`,
    ...(names.length > 1 ? [`    ${chainText(names)}`] : []),
  ];
}

/** With which serial an input was used, and which it has now. */
export function serialText({ carried, serial }: Pick<PoisonedInput, 'carried' | 'serial'>): string {
  return `was used ${carried === 0 ? 'without a serial' : `with serial ${carried}`}, and has serial ${serial} now`;
}

/** `a -> b -> c`, with the middle of a long one left out. */
export function chainText(names: readonly string[]): string {
  const shown = names.length > 9 ? [...names.slice(0, 4), '…', ...names.slice(-4)] : names;
  return shown.join(' -> ');
}

function uncheckedLines({ unchecked }: CheckReport): string[] {
  if (unchecked.length === 0) return [];
  return [
    `  warning: the derivations of ${count(unchecked.length, 'path')} are gone, so only the references ` +
      'of these paths could be followed:',
    `    ${some(
      unchecked.map(({ path }) => baseName(path)),
      4,
    )}`,
  ];
}

/** The same for programs. */
export function checkJson(report: CheckReport): object {
  return {
    given: report.word,
    path: report.path,
    verdict: report.verdict,
    derivations: report.derivations,
    poisoned: report.poisoned.map(({ original, name, carried, serial, record, chain }) => ({
      drvPath: original,
      name,
      carried,
      serial,
      record: record === undefined ? null : recordJson(record),
      chain,
    })),
    unproven: report.unproven.map(({ original, name, serial }) => ({
      drvPath: original,
      name,
      serial,
    })),
    unchecked: report.unchecked.map(({ path, deriver }) => ({ path, deriver: deriver ?? null })),
  };
}
