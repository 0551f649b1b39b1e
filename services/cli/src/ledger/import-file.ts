import { createReadStream } from 'node:fs';
import { importLedger, maximumExportSize } from '@dispatch/ledger/import-lines';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { MergeReport, SerialChange } from '@dispatch/ledger/poison-ledger';
import { messageOf } from '@dispatch/nix/message-of';
import { derivationName } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { count } from '../show/quantities.ts';

interface ImportOptions {
  readonly dryRun?: boolean;
  readonly maxJump?: number;
}

/** Merges an export from a file, or from standard input for `-`. Throws `bad-file` and what `importLedger` throws. */
export async function importExport(
  ledger: Ledger,
  file: string,
  { dryRun = false, maxJump }: ImportOptions,
): Promise<MergeReport> {
  const source = file === '-' ? 'standard input' : file;
  const bytes = await readAll(file, source);
  const jump = maxJump === undefined ? {} : { maximumJump: maxJump };
  try {
    return await importLedger(ledger, bytes, source, { dryRun, ...jump });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'far-jump') throw cause;
    throw new CommandError('bad-file', `${source}: ${cause.message} with --max-jump NUMBER`, cause);
  }
}

async function readAll(file: string, source: string): Promise<Uint8Array> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Buffer);
      chunks.push(bytes);
      size += bytes.length;
      // This is already too much, and will be refused.
      if (size > maximumExportSize) break;
    }
  } catch (cause) {
    const why = messageOf(cause);
    throw new CommandError('bad-file', `cannot read ${source}: ${why}`, cause);
  }
  return Buffer.concat(chunks);
}

/** The result of an import, for people. */
export function importLines(
  { added, alreadyKnown, changes }: MergeReport,
  dryRun: boolean,
): string[] {
  const would = dryRun ? 'would add' : 'added';
  const known = alreadyKnown === 0 ? '' : `, ${alreadyKnown} known already`;
  const lines = [`${would} ${count(added, 'record')}${known}`];
  if (changes.length === 0) return [...lines, 'nothing has to be built again for it'];
  return [
    ...lines,
    `${count(changes.length, 'derivation')} will have another serial, and what depends on them is built again:`,
    ...changes.map(changeLine),
  ];
}

function changeLine({ identity, before, after }: SerialChange): string {
  const name = derivationName(identity.drvPath);
  return `  ${name}: serial ${before} -> ${after === 0 ? '0 (cleared)' : after}`;
}

/** The same for programs. */
export function importJson({ added, alreadyKnown, changes }: MergeReport, dryRun: boolean): object {
  return {
    dryRun,
    added,
    alreadyKnown,
    changes: changes.map(({ identity, before, after }) => ({
      name: derivationName(identity.drvPath),
      ...identity,
      before,
      after,
    })),
  };
}
