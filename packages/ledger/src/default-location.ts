import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder for dispatch's state, by the XDG rules: `$XDG_STATE_HOME/dispatch`, by default
 * `~/.local/state/dispatch`. A relative XDG_STATE_HOME is ignored, as those rules ask.
 */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_STATE_HOME'];
  if (configured !== undefined && isAbsolute(configured)) return join(configured, 'dispatch');
  const home = environment['HOME'];
  // An empty HOME would mean the current folder, and a separate ledger in each.
  const known = home === undefined || home === '' ? userInfo().homedir : home;
  return join(known, '.local', 'state', 'dispatch');
}

/** The ledger that commands use when none is named. */
export function defaultLedgerUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return `lmdb:${join(stateDirectory(environment), 'ledger')}`;
}
