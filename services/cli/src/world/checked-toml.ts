import { messageOf } from '@dispatch/nix/message-of';
import { parse, TomlError } from 'smol-toml';
import type * as z from 'zod';
import { CommandError } from '../errors.ts';

/** A key in a file. */
interface KeyPlace {
  readonly text: string;
  readonly file: string;
  readonly path: readonly string[];
}

/** What a TOML file says, by its schema. Throws `bad-file` with file, line and key. */
export function parseToml<Result>(text: string, file: string, schema: z.ZodType<Result>): Result {
  const checked = schema.safeParse(readToml(text, file));
  if (checked.success) return checked.data;
  throw badSchema(checked.error, text, file);
}

/** The error for a wrong key or value, with file, line and key; callers use it for what no schema sees. */
export function badKey(
  { text, file, path }: KeyPlace,
  what: string,
  cause?: unknown,
): CommandError {
  const key = path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
  return new CommandError('bad-file', `${file}:${lineOf(path, text)}: ${key} ${what}`, cause);
}

function readToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 1;
    throw new CommandError('bad-file', `${file}:${line}: ${messageOf(cause)}`, cause);
  }
}

function badSchema(error: z.ZodError, text: string, file: string): CommandError {
  const [issue] = error.issues;
  // For an element of a list, the list is named.
  const path = (issue?.path ?? []).filter((part) => typeof part === 'string');
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return badKey({ text, file, path: [...path, key] }, 'is not known here', error);
  }
  const told = issue?.code === 'invalid_key' ? issue.issues[0] : issue;
  return badKey({ text, file, path }, told?.message ?? 'is wrong', error);
}

/** The line on which a key most likely is: each part of its path is looked for from the line of the one before. */
function lineOf(path: readonly string[], text: string): number {
  const lines = text.split('\n');
  let at = 0;
  for (const key of path) {
    const found = lines.findIndex((line, index) => index >= at && names(line, key));
    if (found !== -1) at = found;
  }
  return at + 1;
}

/** Whether a line has the key as a whole word, and is not all comment. */
function names(line: string, key: string): boolean {
  if (/^\s*#/.test(line)) return false;
  return ` ${line} `.split(key).some((before, index, parts) => {
    const after = parts[index + 1];
    return after !== undefined && /[^\w-]$/.test(before) && /^[^\w-]/.test(after);
  });
}
