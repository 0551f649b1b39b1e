import { type PlannedPoison, planPoison } from '@dispatch/engine/poison/poison-plan';
import type { PoisonChange, PoisonRecord } from '@dispatch/ledger/poison-record';
import { checkedRecord } from '@dispatch/ledger/record-rules';
import { messageOf } from '@dispatch/nix/message-of';
import { derivationName } from '@dispatch/nix/store-path';
import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { each } from '../flags/argument.ts';
import { currentAuthor } from '../poison/author.ts';
import { canAsk, confirm } from '../poison/confirm.ts';
import { type PricedPoison, priceOf } from '../poison/cost-of-poison.ts';
import { costLines, freeDerivations, freeMs, isExpensive } from '../poison/cost-text.ts';
import { doubtLines } from '../poison/doubts.ts';
import { poisonJson, poisonLines } from '../poison/poison-text.ts';
import { assertNotStale } from '../poison/stale.ts';
import { helpText } from '../show/help-text.ts';
import { print, printJson } from '../show/standard-output.ts';
import { withSubjects } from '../subjects/find-subjects.ts';
import { defineSubjectFlags, type SubjectFlags, subjectHelp } from '../subjects/subject-flags.ts';
import { type SubjectWorld, withSubjectWorld } from '../subjects/subject-world.ts';
import { openUserLedger } from '../world/open-ledger.ts';

interface Flags extends SubjectFlags {
  readonly reason: string;
  readonly in?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly again?: boolean;
}

/** `dispatch poison`: never use this result again, nor what was built from it. */
export function define(command: Command): void {
  command
    .description(
      'Give derivations a serial that they never had, so that they, and all that depends on them, ' +
        'are built again, and the existing results are no longer used.',
    )
    .argument('[what...]', 'what is bad: a path, a link, a file in the store, .#attribute')
    .requiredOption('--reason <text>', 'reason, for everybody who has to build it again')
    .option('--in <root>', 'show what it costs in this root; may be repeated', each)
    .option('--dry-run', 'show what it costs, and write nothing')
    .option('-y, --yes', 'do not ask, whatever it costs')
    .option('--again', 'poison even if the path that is named is no longer what is built');
  defineSubjectFlags(command).addHelpText('after', helpText(help)).action(poison);
}

const help = `${subjectHelp}

Before it writes anything, the command shows what has to be built again in the roots of --in, by default in
those of the last runs. When that is more than ${freeDerivations} derivations or ${freeMs / 60_000} minutes, it asks whether to go on;
without a terminal it refuses then, unless --yes is given.

The author is $DISPATCH_AUTHOR, else git's user.name and user.email, else user@host.

Examples:
  $ dispatch poison ./result --reason 'crashes on start'
  $ dispatch poison /nix/store/…-gcc-13.2.0.drv --reason 'miscompiles memcpy' --in .#world --dry-run
  $ dispatch poison -f . -A hello --reason 'built while the disk was failing'

Exit codes: 0 written (or --dry-run); 1 not, or not all of it, as the message says.`;

async function poison(words: readonly string[], flags: Flags): Promise<void> {
  if (flags.reason.trim() === '') {
    throw new CommandError(
      'bad-argument',
      'give a --reason: it tells others why they must rebuild',
    );
  }
  const work = (world: SubjectWorld): Promise<void> =>
    withSubjects(words, flags, world, async (named) => {
      const subjects = named.map(({ subject }) => subject);
      const planned = await planPoison(subjects, world.ledger.poison);
      if (!flags.again) assertNotStale(planned, named);
      const changes = changesOf(planned, flags.reason, await currentAuthor());
      const doubts = await doubtLines(subjects, world.ledger);
      const priced = await priceOf(planned, flags.in ?? [], flags, world);
      const lines = [...poisonLines(planned), ...doubts, ...costLines(priced)];
      if (!flags.json) for (const line of lines) print(line);
      if (!flags.dryRun) await assertWanted(priced, flags);
      const written = flags.dryRun ? [] : await write(changes, world);
      if (flags.json) printJson(poisonJson(planned, priced, written));
      else for (const line of closing(written)) print(line);
    });
  await withSubjectWorld(flags, work, openUserLedger);
}

/** Throws `not-confirmed` unless the poisoning is cheap, or somebody says yes. */
async function assertWanted(priced: PricedPoison, flags: Flags): Promise<void> {
  if (flags.yes || !isExpensive(priced)) return;
  if (!canAsk()) {
    const what = flags.json ? `${costLines(priced).join('; ')}. ` : '';
    throw new CommandError(
      'not-confirmed',
      `nothing was poisoned: ${what}that is expensive, and there is no terminal to ask at; use --yes`,
    );
  }
  if (flags.json) for (const line of costLines(priced)) process.stderr.write(`${line}\n`);
  if (await confirm('Poison?')) return;
  throw new CommandError('not-confirmed', 'nothing was poisoned');
}

interface WantedChange extends PoisonChange {
  /** The serial that the record must be above. */
  readonly above: number;
}

/** The records to write. Throws `bad-record` for one that no ledger takes: before anybody is asked, and with `--dry-run`, too. */
function changesOf(
  planned: readonly PlannedPoison[],
  reason: string,
  author: string,
): WantedChange[] {
  const time = Date.now();
  return planned.map(({ subject: { identity, carried = 0 }, serial }) => {
    const change = { identity, effect: 'poison', author, time, reason } as const;
    checkedRecord({ ...change, epoch: serial });
    return { ...change, above: carried };
  });
}

/** Writes one record after the other. Throws `half-done`, naming those that were written, if a later one fails. */
async function write(
  changes: readonly WantedChange[],
  { ledger }: SubjectWorld,
): Promise<PoisonRecord[]> {
  const written: PoisonRecord[] = [];
  for (const { above, ...change } of changes) {
    try {
      const { record } = await ledger.poison.append(change, { above });
      if (record !== undefined) written.push(record);
    } catch (cause) {
      if (written.length === 0) throw cause;
      const done = written.map(({ identity }) => identity.drvPath).join(', ');
      const why = messageOf(cause);
      throw new CommandError('half-done', `poisoned ${done}, and no more: ${why}`, cause);
    }
  }
  return written;
}

function closing(written: readonly PoisonRecord[]): string[] {
  if (written.length === 0) return ['nothing was written (--dry-run)'];
  return written.map(({ identity, epoch }) => {
    const name = derivationName(identity.drvPath);
    return `poisoned ${name} with serial ${epoch}; the next build makes it anew`;
  });
}
