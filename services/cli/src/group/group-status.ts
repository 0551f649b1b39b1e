import { print, printJson } from '../show/standard-output.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { attemptJson } from './attempt-json.ts';
import { attemptLines, attemptTable } from './attempt-text.ts';
import { findAttempts } from './find-attempts.ts';

interface StatusFlags extends LedgerOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** `dispatch group status`: what became of the last attempts, or of one. Throws `no-group`. */
export async function groupStatus(text: string | undefined, flags: StatusFlags): Promise<void> {
  const attempts = await findAttempts(text, flags.limit, flags);
  if (flags.json) return printJson({ attempts: attempts.map(attemptJson) });
  const [one, ...more] = attempts;
  const isOne = text !== undefined && one !== undefined && more.length === 0;
  const lines = isOne ? attemptLines(one, Date.now()) : attemptTable(attempts, Date.now());
  for (const line of lines) print(line);
}
