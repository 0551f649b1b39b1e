import type { StorePath } from '@dispatch/nix/store-path';
import type * as z from 'zod';
import { LedgerError, variableMismatch } from './errors.ts';
import { exportFormat, exportVersion } from './export-lines.ts';
import { headerLineSchema, recordLineSchema } from './export-schema.ts';
import type { Ledger } from './ledger.ts';
import type { MergeOptions, MergeReport } from './poison-ledger.ts';
import type { PoisonRecord } from './poison-record.ts';
import type { RecordLine } from './record-line.ts';

/** What an export holds. */
export interface LedgerExport {
  readonly variable: string;
  readonly records: readonly PoisonRecord[];
}

/** The largest export that is read, in bytes: some 500,000 records. */
export const maximumExportSize: number = 256 * 2 ** 20;
const maximumLineLength = 2 ** 21;

/**
 * Merges an export into a ledger: all of its records, or on any error none. `source` is the file's
 * name, for messages. Throws what `parseExport` and `PoisonLedger.merge` throw, and
 * `variable-mismatch`.
 */
export async function importLedger(
  ledger: Ledger,
  bytes: Uint8Array,
  source: string,
  options: MergeOptions = {},
): Promise<MergeReport> {
  const { variable, records } = parseExport(bytes, source);
  if (variable !== ledger.variable) throw variableMismatch(ledger.variable, variable, source);
  return ledger.poison.merge(records, options);
}

/**
 * Reads an export, trusting nothing in it. Lines may come in any order and more than once, as a
 * merge by git leaves them. Throws `truncated-import`, `unknown-version`, `bad-import`.
 */
export function parseExport(bytes: Uint8Array, source: string): LedgerExport {
  const [header = '', ...lines] = linesOf(bytes, source);
  const { variable } = parseHeader(header, source);
  const records = lines
    .map((line, index) => ({ line, number: index + 2 }))
    .filter(({ line }) => line !== header)
    .map(({ line, number }) => recordOf(parseRecord(line, { source, number })));
  return { variable, records };
}

interface Place {
  readonly source: string;
  readonly number: number;
}

function linesOf(bytes: Uint8Array, source: string): readonly string[] {
  if (bytes.length > maximumExportSize) {
    throw fault({ source, number: 1 }, `the file is larger than ${maximumExportSize} bytes`);
  }
  const lines = decodeText(bytes, source).split('\n');
  const last = lines.pop();
  if (last !== '' || lines.length === 0) throw truncated(source, lines.length + 1);
  return lines;
}

function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    // A file that was cut off inside a character is cut off in mid-line first of all.
    if (bytes.at(-1) !== 0x0a) throw truncated(source, countLines(bytes));
    throw fault({ source, number: 1 }, 'the file is not UTF-8', cause);
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (const byte of bytes) if (byte === 0x0a) lines += 1;
  return lines;
}

function parseHeader(text: string, source: string): z.infer<typeof headerLineSchema> {
  const place = { source, number: 1 };
  const value = parseJson(text, place);
  assertVersion(value, place);
  return check(headerLineSchema, value, place);
}

/** Checked before anything else: the header of another version may have any form. */
function assertVersion(value: unknown, { source }: Place): void {
  if (typeof value !== 'object' || value === null || !('format' in value)) return;
  if (!('version' in value) || value.format !== exportFormat) return;
  if (value.version === exportVersion) return;
  throw new LedgerError(
    'unknown-version',
    `${source}: the export has version ${JSON.stringify(value.version)}, and this dispatch reads ` +
      `version ${exportVersion}; nothing was imported. Update dispatch, or export with an older one`,
    { path: source, line: 1 },
  );
}

function parseRecord(text: string, place: Place): RecordLine {
  if (/^(<{7}|={7}|>{7}|\|{7})/.test(text)) {
    throw fault(
      place,
      "it is a merge conflict's mark: keep the lines of both sides, drop the marks",
    );
  }
  return check(recordLineSchema, parseJson(text, place), place);
}

function parseJson(text: string, place: Place): unknown {
  if (text.length > maximumLineLength) throw fault(place, 'the line is too long');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault(place, text === '' ? 'the line is empty' : 'the line is not JSON', cause);
  }
}

function check<Value>(schema: z.ZodType<Value>, value: unknown, place: Place): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw fault(place, `${where}${where === '' ? '' : ': '}${issue?.message ?? 'not valid'}`);
}

/** The schema has checked the paths. */
function recordOf(line: RecordLine): PoisonRecord {
  const { drvPath, outputPaths, time, ...rest } = line;
  return {
    identity: {
      drvPath: drvPath as StorePath,
      outputPaths: outputPaths as readonly StorePath[],
    },
    time: Date.parse(time),
    ...rest,
  };
}

function fault({ source, number }: Place, what: string, cause?: unknown): LedgerError {
  return new LedgerError(
    'bad-import',
    `${source}, line ${number}: ${what}; nothing was imported. Correct the line or export anew`,
    { path: source, line: number, cause },
  );
}

function truncated(source: string, line: number): LedgerError {
  return new LedgerError(
    'truncated-import',
    `${source}, line ${line}: the file was cut off in mid-line; nothing was imported. Get the ` +
      'whole file, or export anew',
    { path: source, line },
  );
}
