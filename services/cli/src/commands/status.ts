import { ask } from '@dispatch/coordinator/client/ask';
import { findCoordinator } from '@dispatch/coordinator/client/reach';
import type { Command } from 'commander';
import { recordOf } from '../coordinator/recorded-run.ts';
import { knownStatus, type RunStatusJson, recordedStatus } from '../coordinator/run-status.ts';
import { statusLines } from '../coordinator/status-text.ts';
import { userReach } from '../coordinator/user-reach.ts';
import { helpText } from '../show/help-text.ts';
import { print, printJson } from '../show/standard-output.ts';
import { type LedgerOptions, openKnownLedger } from '../world/open-ledger.ts';

interface Flags extends LedgerOptions {
  readonly json?: boolean;
}

/** How many of the last runs are listed. */
const shownRuns = 20;

/** `dispatch status`: lists runs. */
export function define(command: Command): void {
  command
    .description(
      'List the runs that are under way, with what they build and where, and the last ones.',
    )
    .argument('[run]', 'id of the only run to list')
    .option('--json', 'print one JSON object')
    .option('--ledger <url>', 'ledger that the runs work with: lmdb:DIRECTORY or memory:')
    .addHelpText('after', helpText(afterHelp))
    .action(status);
}

const afterHelp = `
A run is 'interrupted' when its coordinator is gone; the next coordinator, which a build or
'dispatch watch' starts, continues it.

Examples:
  $ dispatch status
  $ dispatch status --json | jq -r '.runs[] | select(.state == "running").run'`;

async function status(run: string | undefined, flags: Flags): Promise<void> {
  const { pid, known } = await fromCoordinator(flags);
  const runs = await (run === undefined ? all(known, flags) : one(run, known, flags));
  if (flags.json) printJson({ coordinator: pid, runs });
  else for (const line of statusLines(pid, runs, Date.now())) print(line);
}

async function fromCoordinator(
  flags: Flags,
): Promise<{ pid: number | null; known: readonly RunStatusJson[] }> {
  const connection = await findCoordinator(userReach(flags));
  if (connection === undefined) return { pid: null, known: [] };
  const { runs } = await ask(connection, { type: 'status' }, 'status');
  return { pid: connection.greeting.pid, known: runs.map(knownStatus) };
}

/** Lists runs of the coordinator and of the ledger; of a run in both, the coordinator knows more, and earlier. */
async function all(known: readonly RunStatusJson[], flags: Flags): Promise<RunStatusJson[]> {
  const ledger = await openKnownLedger(flags);
  try {
    const names = new Set(known.map(({ run }) => run));
    const recorded = (await ledger.runs.recent(shownRuns)).map(recordedStatus);
    const others = recorded.filter(({ run }) => !names.has(run));
    const finishedAt = new Map(recorded.map((it) => [it.run, it.finishedAt]));
    return [...known, ...others]
      .map((it) => ({ ...it, finishedAt: it.finishedAt ?? finishedAt.get(it.run) ?? null }))
      .toSorted((a, b) => b.startedAt - a.startedAt);
  } finally {
    await ledger.close();
  }
}

async function one(
  run: string,
  known: readonly RunStatusJson[],
  flags: Flags,
): Promise<RunStatusJson[]> {
  const found = known.find((candidate) => candidate.run === run);
  if (found === undefined) return [recordedStatus(await recordOf(run, flags))];
  const ledger = await openKnownLedger(flags);
  try {
    return [{ ...found, finishedAt: (await ledger.runs.get(run))?.finishedAt ?? null }];
  } finally {
    await ledger.close();
  }
}
