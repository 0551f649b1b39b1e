import type { Ledger } from '@dispatch/ledger/ledger';
import type { RunRecord } from '@dispatch/ledger/run-record';
import { CommandError } from '../errors.ts';
import { count, duration } from '../show/quantities.ts';
import { printJson } from '../show/standard-output.ts';
import type { Terminal } from '../show/terminal.ts';
import { type LedgerOptions, openKnownLedger } from '../world/open-ledger.ts';
import { recordedStatus } from './run-status.ts';

/**
 * Shows what the ledger has of a run that no coordinator knows any more. Returns the exit code: 0, or
 * 1 for a run that did not succeed. Throws `no-run`.
 */
export async function tellRecorded(
  run: string,
  flags: LedgerOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const record = await recordOf(run, flags);
  if (flags.json) printJson(recordedStatus(record));
  else for (const line of linesOf(record)) terminal.line(line);
  return record.state === 'succeeded' ? 0 : 1;
}

/** What the ledger has of a run. Throws `no-run`. */
export async function recordOf(run: string, flags: LedgerOptions): Promise<RunRecord> {
  const ledger = await openKnownLedger(flags);
  try {
    return await recordIn(ledger, run);
  } finally {
    await ledger.close();
  }
}

/** The same from a ledger that is open already. */
export async function recordIn({ runs }: Pick<Ledger, 'runs'>, run: string): Promise<RunRecord> {
  const record = await runs.get(run);
  if (record !== undefined) return record;
  throw new CommandError(
    'no-run',
    `there is no run '${run}': 'dispatch status' lists those that are under way, and the last ones`,
  );
}

function linesOf({ id, state, startedAt, finishedAt, steps }: RunRecord): string[] {
  const failed = steps.filter(({ status }) => status === 'failed');
  const built = steps.filter(({ status }) => status === 'built').length;
  const took = finishedAt === undefined ? '' : ` after ${duration(finishedAt - startedAt)}`;
  return [
    `run ${id} ${state}${took}: ${count(built, 'step')} built, ${failed.length} failed`,
    ...failed.map(({ name, rewritten }) => `  ${name} failed: dispatch log ${rewritten}`),
  ];
}
