import { dirname } from 'node:path';
import { throwIfCancelled } from './errors.ts';
import { outputOf } from './machine-command.ts';
import type { StoreAddress } from './store-address.ts';
import type { Carrier } from './transport.ts';

/**
 * The settings of a machine's own nix.conf that matter for its builds: `sandbox`, `sandbox-paths`
 * and `post-build-hook`.
 */
export interface DaemonSettings {
  /** `relaxed` lets builds out of the sandbox that ask for it (`__noChroot`). */
  readonly sandbox: 'true' | 'relaxed' | 'false';
  /** Paths inside every sandbox at which files of the machine appear. */
  readonly sandboxPaths: readonly string[];
  /** The program that the daemon runs with the outputs of each build. */
  readonly postBuildHook: string | undefined;
}

/** Whether builds see the files of `folder` on their machine, provided that the folder exists. */
export function isInSandbox({ sandbox, sandboxPaths }: DaemonSettings, folder: string): boolean {
  const holds = (path: string): boolean => `${folder}/`.startsWith(path === '/' ? '/' : `${path}/`);
  return sandbox === 'false' || sandboxPaths.some(holds);
}

/**
 * Asks the `nix` program there, since the protocol has no question for settings; the first command
 * is that of Nix 2.20 and later, the second that of earlier ones. The login's own configuration is
 * left out: it says nothing about the daemon.
 */
const script = [
  'PATH=$1$PATH NIX_USER_CONF_FILES= NIX_CONFIG="extra-experimental-features = nix-command";',
  'export PATH NIX_USER_CONF_FILES NIX_CONFIG; { nix config show || nix show-config; } 2>/dev/null',
].join(' ');

/** Enough for all settings of a machine with very many `sandbox-paths`. */
const mostBytes = 256 * 1024;

/**
 * The settings of a store's machine. They can be read on this machine, and behind SSH where the
 * login may run `nix`; elsewhere the answer is undefined.
 */
export async function daemonSettings(
  address: StoreAddress,
  carrier: Carrier,
  { environment, signal }: AskingOptions,
): Promise<DaemonSettings | undefined> {
  if (!isAskable(address, environment)) return undefined;
  const program = address.kind === 'ssh' ? (address.remoteProgram[0] ?? '') : '';
  const folder = program.startsWith('/') ? `${dirname(program)}:` : '';
  try {
    const command = ['sh', '-c', script, 'sh', folder];
    return settingsIn(await outputOf(carrier, command, { mostBytes, signal }));
  } catch {
    throwIfCancelled(signal, 'asking for the settings of a machine');
    return undefined;
  }
}

export interface AskingOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A socket alone does not say whose daemon is behind it. */
function isAskable(address: StoreAddress, environment: NodeJS.ProcessEnv): boolean {
  if (address.kind === 'ssh') return address.remoteStore === undefined;
  if (address.kind === 'unix') return false;
  return address.kind === 'local' || environment['NIX_DAEMON_SOCKET_PATH'] === undefined;
}

function settingsIn(text: string): DaemonSettings | undefined {
  const values = new Map(text.split('\n').map(keyAndValue));
  const sandbox = values.get('sandbox');
  if (sandbox !== 'true' && sandbox !== 'relaxed' && sandbox !== 'false') return undefined;
  return {
    sandbox,
    sandboxPaths: words(values.get('sandbox-paths')).map((path) => path.replace(/(=.*|\?)$/, '')),
    postBuildHook: values.get('post-build-hook') || undefined,
  };
}

function keyAndValue(line: string): [string, string] {
  const [key = '', value = ''] = line.split(/ =(.*)/s, 2);
  return [key, value.trim()];
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
