import { execFile } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Who a record names as its author: `$DISPATCH_AUTHOR`, else who the user is to git, else
 * `user@host`. Nothing proves it.
 */
export async function currentAuthor(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment['DISPATCH_AUTHOR']?.trim() ?? '';
  if (named !== '') return named;
  const [name, email] = [await gitSetting('user.name'), await gitSetting('user.email')];
  if (name !== '' && email !== '') return `${name} <${email}>`;
  return name || email || `${userName()}@${hostname()}`;
}

/** Empty where git does not know, or is not there. */
async function gitSetting(name: string): Promise<string> {
  try {
    return (await run('git', ['config', '--get', name])).stdout.trim();
  } catch {
    return '';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
