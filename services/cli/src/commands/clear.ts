import { distinctSubjects } from '@dispatch/engine/poison/poison-plan';
import type { Subject } from '@dispatch/engine/resolve/subject';
import type { Appended } from '@dispatch/ledger/poison-ledger';
import type { Command } from 'commander';
import { currentAuthor } from '../poison/author.ts';
import { helpText } from '../show/help-text.ts';
import { recordJson } from '../show/poison-record.ts';
import { print, printJson } from '../show/standard-output.ts';
import { withSubjects } from '../subjects/find-subjects.ts';
import { defineSubjectFlags, type SubjectFlags, subjectHelp } from '../subjects/subject-flags.ts';
import { type SubjectWorld, withSubjectWorld } from '../subjects/subject-world.ts';

interface Flags extends SubjectFlags {
  readonly reason: string;
}

/** `dispatch clear`: the original derivation is good after all. */
export function define(command: Command): void {
  command
    .description(
      'Take poison back: the derivations, and what depends on them, get the paths again that Nix ' +
        'computed. Results that are still there under these paths are used again.',
    )
    .argument('[what...]', 'what was poisoned: a path, a link, a file in the store, .#attribute')
    .option('--reason <text>', 'reason, which others can read', 'cleared');
  defineSubjectFlags(command).addHelpText('after', helpText(help)).action(clear);
}

const help = `${subjectHelp}

Examples:
  $ dispatch clear ./result --reason 'it was the test that was wrong'
  $ dispatch clear /nix/store/…-gcc-13.2.0.drv

Exit code 0 also where nothing was poisoned.`;

interface Cleared extends Appended {
  readonly subject: Subject;
}

async function clear(words: readonly string[], flags: Flags): Promise<void> {
  await withSubjectWorld(flags, (world) =>
    withSubjects(words, flags, world, async (named) => {
      const subjects = distinctSubjects(named.map(({ subject }) => subject));
      const cleared: Cleared[] = [];
      for (const subject of subjects) cleared.push(await clearOne(subject, flags.reason, world));
      if (flags.json) printJson({ cleared: cleared.map(clearedJson) });
      else for (const one of cleared) print(clearedText(one));
    }),
  );
}

async function clearOne(
  subject: Subject,
  reason: string,
  { ledger }: SubjectWorld,
): Promise<Cleared> {
  const author = await currentAuthor();
  const { identity, carried } = subject;
  const appended = await ledger.poison.append(
    { identity, effect: 'clear', author, time: Date.now(), reason },
    { above: carried ?? 0 },
  );
  return { subject, ...appended };
}

function clearedText({ subject, record }: Cleared): string {
  if (record === undefined) return `${subject.name} was not poisoned; nothing was written`;
  return `cleared ${subject.name}: it is built again as Nix computed it`;
}

function clearedJson({ subject, record }: Cleared): object {
  return {
    given: subject.word,
    path: subject.path,
    name: subject.name,
    ...subject.identity,
    record: record === undefined ? null : recordJson(record),
  };
}
