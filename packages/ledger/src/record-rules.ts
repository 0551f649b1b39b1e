import { namesOfNix } from '@dispatch/nix/names-of-nix';
import { LedgerError } from './errors.ts';
import { canonicalIdentity } from './identity.ts';
import { maximumEpoch, type PoisonRecord } from './poison-record.ts';

/*
 * What a record may contain, whichever way it comes in. Text is free of control characters because
 * it is shown on terminals and comes from other people's files. The patterns stand in the published
 * schema too, so they mean the same with and without the `u` flag.
 */
/* oxlint-disable no-control-regex -- keeping control characters out is what they are for */

/** A path directly in some store directory. */
export const storePathPattern: RegExp =
  /^(?:\/(?!\.{1,2}\/)[^/\u0000-\u001f\u007f-\u009f]+)+\/[0-9a-df-np-sv-z]{32}-(?!\.{1,2}(?:-|$))[0-9A-Za-z+\-._?=]{1,211}$/;
/** A .drv directly in some store directory. */
export const drvPathPattern: RegExp =
  /^(?:\/(?!\.{1,2}\/)[^/\u0000-\u001f\u007f-\u009f]+)+\/[0-9a-df-np-sv-z]{32}-(?!\.{1,2}(?:-|$))[0-9A-Za-z+\-._?=]{1,207}\.drv$/;
/** One line of text. */
export const authorPattern: RegExp = /^[^\u0000-\u001f\u007f-\u009f]+$/;
/** Text that may have several lines. */
export const reasonPattern: RegExp = /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]+$/;
/** UTC with milliseconds; that it is a real date is checked separately. */
export const timePattern: RegExp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** A name for an environment variable; `__json` is Nix's own. */
export const variablePattern: RegExp = /^(?!__json$)[A-Za-z_][A-Za-z0-9_]*$/;

/** In characters: each path must fit into a key of any backend. */
export const maximumPathLength = 1000;
export const maximumOutputs = 1000;
export const maximumAuthorLength = 200;
export const maximumReasonLength = 10_000;
export const maximumVariableLength = 100;

const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const firstTime = Date.parse('0000-01-01T00:00:00.000Z');

/** The record in its one stored form. Throws `bad-record` when it could not be exported again. */
export function checkedRecord(record: PoisonRecord): PoisonRecord {
  const fault = recordFault(record);
  if (fault === undefined) return { ...record, identity: canonicalIdentity(record.identity) };
  const path = JSON.stringify(record.identity.drvPath);
  throw new LedgerError('bad-record', `nothing was recorded for ${path}: ${fault}`);
}

function recordFault(record: PoisonRecord): string | undefined {
  return (
    identityFault(record) ??
    epochFault(record.epoch) ??
    textFault('the author', record.author, authorPattern, maximumAuthorLength) ??
    textFault('the reason', record.reason, reasonPattern, maximumReasonLength) ??
    timeFault(record.time)
  );
}

function identityFault({ identity }: PoisonRecord): string | undefined {
  if (!matches(identity.drvPath, drvPathPattern, maximumPathLength)) {
    return 'it is not a .drv file in a store';
  }
  if (identity.outputPaths.length > maximumOutputs) return `more than ${maximumOutputs} outputs`;
  const bad = identity.outputPaths.find((p) => !matches(p, storePathPattern, maximumPathLength));
  return bad === undefined ? undefined : `its output ${JSON.stringify(bad)} is not a store path`;
}

function epochFault(epoch: number): string | undefined {
  if (Number.isSafeInteger(epoch) && epoch >= 1 && epoch <= maximumEpoch) return undefined;
  return `epoch ${epoch} is not a whole number from 1 to ${maximumEpoch}`;
}

function textFault(
  what: string,
  text: string,
  pattern: RegExp,
  maximumLength: number,
): string | undefined {
  if (text.length === 0) return `${what} is empty`;
  if (text.length > maximumLength) return `${what} is longer than ${maximumLength} characters`;
  return pattern.test(text) ? undefined : `${what} has control characters`;
}

function timeFault(time: number): string | undefined {
  if (Number.isSafeInteger(time) && time >= firstTime && time <= lastTime) return undefined;
  return `its time ${time} is not in the years 0 to 9999`;
}

function matches(text: string, pattern: RegExp, maximumLength: number): boolean {
  return text.length <= maximumLength && pattern.test(text);
}

/** Checks a name that a person gave for the serial variable. Throws `bad-variable`. */
export function assertVariable(name: string): void {
  if (namesOfNix.has(name)) {
    const text = `'${name}' cannot be the serial variable: it means something to Nix itself`;
    throw new LedgerError('bad-variable', text);
  }
  if (matches(name, variablePattern, maximumVariableLength)) return;
  throw new LedgerError(
    'bad-variable',
    `${JSON.stringify(name)} cannot be the serial variable: use letters, digits and underscores, ` +
      'not beginning with a digit',
  );
}
