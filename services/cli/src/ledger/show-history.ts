import { identityPaths } from '@dispatch/ledger/identity';
import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import { standingOf } from '@dispatch/ledger/standing';
import { derivationName } from '@dispatch/nix/store-path';
import { date } from '../show/age.ts';
import { authorText, reasonText, recordJson } from '../show/poison-record.ts';
import { harmless } from '../show/terminal.ts';
import { locateWord, withSubjects } from '../subjects/find-subjects.ts';
import type { SubjectFlags } from '../subjects/subject-flags.ts';
import type { SubjectWorld } from '../subjects/subject-world.ts';

/** All records of something that was named. */
export interface History {
  readonly word: string;
  readonly name: string;
  /** The effective one first. */
  readonly records: readonly PoisonRecord[];
}

/** The histories of what was named. A path that the ledger itself knows needs no store: its derivation may be gone. */
export async function historyOf(
  words: readonly string[],
  flags: SubjectFlags,
  world: SubjectWorld,
): Promise<History[]> {
  const known: History[] = [];
  const others: string[] = [];
  for (const word of words) {
    const path = await locateWord(word, world);
    const records = path === undefined ? [] : await world.ledger.poison.history([path]);
    const [first] = records;
    if (first === undefined) others.push(word);
    else known.push({ word, name: derivationName(first.identity.drvPath), records });
  }
  if (others.length === 0 && flags.file === undefined && words.length > 0) return known;
  return withSubjects(others, flags, world, async (named) => {
    for (const { subject } of named) {
      const records = await world.ledger.poison.history(identityPaths(subject.identity));
      known.push({ word: subject.word, name: subject.name, records });
    }
    return known;
  });
}

/** A derivation's history, for people. */
export function historyLines({ word, name, records }: History): string[] {
  const { serial } = standingOf(records);
  const title = `${name}: ${serial === 0 ? 'not poisoned' : `serial ${serial}`} (${harmless(word)})`;
  const drvPaths = new Set(records.map(({ identity }) => identity.drvPath));
  return [title, ...[...drvPaths].map((path) => `  ${harmless(path)}`), ...records.map(recordLine)];
}

function recordLine(record: PoisonRecord): string {
  const what = record.effect === 'poison' ? `poison ${record.epoch}` : `clear  ${record.epoch}`;
  return `  ${what}  ${date(record.time)}  ${authorText(record)}: ${reasonText(record)}`;
}

/** The same for programs. */
export function historyJson({ word, name, records }: History): object {
  return {
    given: word,
    name,
    serial: standingOf(records).serial,
    records: records.map(recordJson),
  };
}
