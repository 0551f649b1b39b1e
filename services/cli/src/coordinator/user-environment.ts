import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What dispatch, Nix and ssh take from it: which machines and stores are meant, and how they are reached. */
const telling: ReadonlySet<string> = new Set([
  'DISPATCH_SSH',
  'HOME',
  'LOGNAME',
  'NIX_CONFIG',
  'NIX_CONF_DIR',
  'NIX_DAEMON_SOCKET_PATH',
  'NIX_IGNORE_SYMLINK_STORE',
  'NIX_LOCALSTATE_DIR',
  'NIX_LOG_DIR',
  'NIX_REMOTE',
  'NIX_REMOTE_SYSTEMS',
  'NIX_SSHOPTS',
  'NIX_SSL_CERT_FILE',
  'NIX_STATE_DIR',
  'NIX_STORE_DIR',
  'NIX_USER_CONF_FILES',
  'SSH_AUTH_SOCK',
  'USER',
  'XDG_CONFIG_DIRS',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'XDG_STATE_HOME',
]);

/** How what has no Nix daemon, and so fetches as a child of ours, gets out; small or in capitals. */
const proxies = /^(all|ftp|http|https|no)_proxy$/i;

/**
 * What programs need to run at all, and which machines they reach does not hang on: each `nix-shell` has
 * others of these.
 */
const needed = /^(LANG|LC_\w+|NIX_LD\w*|PATH|SHELL|TMPDIR)$/;

/** What is run for a user to reach machines and stores. */
const programs = ['nix-daemon', 'ssh'];

/** What of a user's environment a coordinator has to know, also to run programs for them. */
export function userEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { TMPDIR, NIX_BUILD_TOP, ...others } = environment;
  // That of a nix-shell goes with it, and others may use the same farm.
  const lasting = TMPDIR === NIX_BUILD_TOP ? others : { ...others, TMPDIR };
  const chosen = Object.entries(lasting).filter(
    ([name, value]) => value !== undefined && (tells(name) || needed.test(name)),
  );
  return Object.fromEntries(chosen) as Record<string, string>;
}

/** Whose environments agree in this, share connections. */
export function farmVariables(environment: Readonly<Record<string, string>>): readonly unknown[] {
  const told = Object.entries(environment).filter(([name]) => tells(name));
  const sorted = told.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const found = programs.map((program) =>
    folders.map((folder) => join(folder, program)).find((file) => existsSync(file)),
  );
  return [sorted, found];
}

function tells(name: string): boolean {
  return telling.has(name) || proxies.test(name);
}
