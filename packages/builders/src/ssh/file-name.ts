import { homedir, userInfo } from 'node:os';
import type { SshConfiguration } from './ssh-configuration.ts';

/**
 * Expands a file name of `ssh`'s configuration, with `~` and the usual `%` tokens. The home
 * directory is that of the account, as for `ssh`, whatever `HOME` says.
 */
export function expandFileName(name: string, configuration: SshConfiguration): string {
  const tokens: Readonly<Record<string, string>> = {
    '%%': '%',
    '%d': homeDirectory(),
    '%h': configuration.one('hostname') ?? '',
    '%i': String(process.getuid?.() ?? ''),
    '%p': configuration.one('port') ?? '22',
    '%r': configuration.one('user') ?? '',
    '%u': userInfo().username,
  };
  return name
    .replace(/^~(?=\/|$)/, homeDirectory())
    .replaceAll(/%[%a-zA-Z]/g, (token) => tokens[token] ?? token);
}

function homeDirectory(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}
