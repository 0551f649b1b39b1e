import { execFile } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The author that records name: `$DISPATCH_AUTHOR`, else git's name and email of the user, else
 * `user@host`. Nothing proves it.
 */
export async function currentAuthor(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment['DISPATCH_AUTHOR']?.trim() ?? '';
  if (named !== '') return named;
  const [name, email] = [await gitSetting('user.name'), await gitSetting('user.email')];
  if (name !== '' && email !== '') return `${name} <${email}>`;
  return name || email || `${userName()}@${hostname()}`;
}

/** A setting of git; empty where it is not set, or git is not installed. */
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
