/**
 * An error as one line for a person, without control characters that somebody may have put into a
 * name. An error without a code is a bug, so its stack is shown.
 */
export function errorLine(error: unknown): string {
  const isExpected = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const text = isExpected ? error.message : `this is a bug, please report it: ${details(error)}`;
  return `dispatch: ${text
    .replace(lostFolder, 'the current folder is gone: change into another one')
    .replace(systemCall, '$1')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()}`;
}

const lostFolder = /ENOENT: .*, uv_cwd/;

/** Node's message for a failed system call, `ENOENT: no such file or directory, open 'x'`: its middle is enough. */
const systemCall = /\bE[A-Z]{2,}: ([a-z][^,]*), [a-z]+(?: '[^']*')?(?: -> '[^']*')?/g;

function details(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
