import { exportLedger } from '@dispatch/ledger/export-lines';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { Command } from 'commander';
import { positive } from '../flags/argument.ts';
import { writeExport } from '../ledger/export-file.ts';
import { importExport, importJson, importLines } from '../ledger/import-file.ts';
import { listedRecords, listJson, listLines } from '../ledger/list-records.ts';
import { historyJson, historyLines, historyOf } from '../ledger/show-history.ts';
import { helpText } from '../show/help-text.ts';
import { count } from '../show/quantities.ts';
import { print, printJson } from '../show/standard-output.ts';
import {
  defineLedgerFlags,
  defineSubjectFlags,
  type StoreFlags,
  type SubjectFlags,
  subjectHelp,
} from '../subjects/subject-flags.ts';
import { withSubjectWorld } from '../subjects/subject-world.ts';
import { openKnownLedger, openUserLedger } from '../world/open-ledger.ts';

/** `dispatch ledger`: shows what is poisoned, by whom and why, and shares it with others. */
export function define(command: Command): void {
  command.description(
    'Show what is poisoned, and exchange it with others. Ledgers merge by union, in any order: an ' +
      'export may be kept in git, and a team needs no server.',
  );
  defineList(command.command('list'));
  defineShow(command.command('show'));
  defineExport(command.command('export'));
  defineImport(command.command('import'));
  command.addHelpText('after', helpText(example));
}

const example = `
Example, with a team's poison in a git repository:
  $ dispatch ledger export poison.jsonl && git commit -m 'Ours' poison.jsonl && git pull --rebase
  $ dispatch ledger import poison.jsonl`;

interface ListFlags extends StoreFlags {
  readonly all?: boolean;
}

function defineList(command: Command): void {
  defineLedgerFlags(command.description('List what is poisoned now.'))
    .option('--all', 'list all records, also those that no longer count')
    .addHelpText('after', helpText('\nExample:\n  $ dispatch ledger list --all'))
    .action(async (flags: ListFlags) => {
      const listed = await withLedger(flags, (ledger) => listedRecords(ledger, flags.all ?? false));
      if (flags.json) printJson({ records: listed.map(listJson) });
      else for (const line of listLines(listed, flags.all ?? false, Date.now())) print(line);
    });
}

function defineShow(command: Command): void {
  const help = `${subjectHelp}\n\nExample:\n  $ dispatch ledger show ./result`;
  defineSubjectFlags(command.description('Show all that was ever recorded of a derivation.'))
    .argument('[what...]', 'a path, a link, a file in the store, .#attribute')
    .addHelpText('after', helpText(help))
    .action(async (words: readonly string[], flags: SubjectFlags) => {
      const histories = await withSubjectWorld(flags, (world) => historyOf(words, flags, world));
      if (flags.json) printJson({ histories: histories.map(historyJson) });
      else for (const line of histories.flatMap(historyLines)) print(line);
    });
}

function defineExport(command: Command): void {
  const help =
    '\nExamples:\n  $ dispatch ledger export poison.jsonl && git add poison.jsonl\n' +
    '  $ dispatch ledger export | ssh other dispatch ledger import -';
  defineLedgerFlags(command.description('Write all records as JSON lines, sorted.'))
    .argument('[file]', 'file to write; - is standard output', '-')
    .addHelpText('after', helpText(help))
    .action(async (file: string, flags: StoreFlags) => {
      const text = await withLedger(flags, exportLedger);
      if (file === '-') process.stdout.write(text);
      else await writeToFile(file, text, flags);
    });
}

async function writeToFile(file: string, text: string, flags: StoreFlags): Promise<void> {
  await writeExport(file, text);
  // One line is the header, and after the last there is none.
  const records = text.split('\n').length - 2;
  if (flags.json) printJson({ file, records });
  else print(`wrote ${file}: ${count(records, 'record')}`);
}

interface ImportFlags extends StoreFlags {
  readonly dryRun?: boolean;
  readonly maxJump?: number;
}

function defineImport(command: Command): void {
  const help =
    '\nAll records of the file are imported or, on any error, none.\n' +
    '\nExample:\n  $ dispatch ledger import --dry-run poison.jsonl';
  defineLedgerFlags(
    command.description('Merge the records of an export into the ledger, and show what changes.'),
  )
    .argument('<file>', 'what `dispatch ledger export` wrote; - is standard input')
    .option('--dry-run', 'show which serials would change, and write nothing')
    .option('--max-jump <number>', 'how far a serial may be above those known here', positive)
    .addHelpText('after', helpText(help))
    .action(async (file: string, flags: ImportFlags) => {
      const report = await withLedger(
        flags,
        (ledger) => importExport(ledger, file, flags),
        openUserLedger,
      );
      if (flags.json) printJson(importJson(report, flags.dryRun ?? false));
      else for (const line of importLines(report, flags.dryRun ?? false)) print(line);
    });
}

async function withLedger<Result>(
  flags: StoreFlags,
  use: (ledger: Ledger) => Promise<Result>,
  open: typeof openUserLedger = openKnownLedger,
): Promise<Result> {
  const ledger = await open(flags);
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
