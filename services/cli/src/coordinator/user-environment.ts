import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Variables that tell dispatch, Nix and ssh which machines and stores are meant, and how to reach them. */
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

/** Proxies, in lower or upper case, for a store without a daemon, which fetches in a child process of ours. */
const proxies = /^(all|ftp|http|https|no)_proxy$/i;

/**
 * Variables that programs need in order to run, but that do not decide which machines they reach. Their
 * values differ in each `nix-shell`.
 */
const needed = /^(LANG|LC_\w+|NIX_LD\w*|PATH|SHELL|TMPDIR)$/;

/** Programs that are run for a user to reach machines and stores. */
const programs = ['nix-daemon', 'ssh'];

/** The part of a user's environment that a coordinator needs, also to run programs for them. */
export function userEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { TMPDIR, NIX_BUILD_TOP, ...others } = environment;
  // The TMPDIR of a nix-shell is removed at its end, when others may still use the same farm.
  const lasting = TMPDIR === NIX_BUILD_TOP ? others : { ...others, TMPDIR };
  const chosen = Object.entries(lasting).filter(
    ([name, value]) => value !== undefined && (tells(name) || needed.test(name)),
  );
  return Object.fromEntries(chosen) as Record<string, string>;
}

/** Runs whose environments agree in these values share connections. */
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
