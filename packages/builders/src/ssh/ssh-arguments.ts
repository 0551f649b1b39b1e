import { timerMs } from '../time-limit.ts';
import { daemonCommand, remoteCommand } from './remote-command.ts';
import { splitShellWords } from './shell-words.ts';
import type { SshAddress } from './ssh-address.ts';

export interface SshSettings {
  readonly connectSeconds: number;
  /**
   * The user's own options, `NIX_SSHOPTS`; they come first, since `ssh` takes the first of several
   * values for one option.
   */
  readonly userOptions: string;
  /** A file with only the machine's own host key, where that is known. */
  readonly knownHostsFile: string | undefined;
  /** The program to start there; by default the daemon. */
  readonly words?: readonly string[] | undefined;
  readonly forward?: SocketForward | undefined;
}

/** A Unix socket on the machine (`from`) whose connections go to one of ours (`to`). */
export interface SocketForward {
  readonly from: string;
  readonly to: string;
}

/** Seconds between keep-alives, and how many may go unanswered before the link counts as dead. */
const aliveInterval = 5;
const aliveCount = 3;

/** The arguments with which the system's `ssh` starts a program on the other side. */
export function sshArguments(address: SshAddress, settings: SshSettings): string[] {
  return [
    ...splitShellWords(settings.userOptions),
    '-x',
    '-a',
    '-T',
    ...option('BatchMode', 'yes'),
    ...option('ConnectTimeout', String(connectTimeout(settings))),
    ...option('ServerAliveInterval', String(aliveInterval)),
    ...option('ServerAliveCountMax', String(aliveCount)),
    // Use an existing shared connection, but do not share ours: it ends with us and would cut
    // others off.
    ...option('ControlMaster', 'no'),
    ...option('PermitLocalCommand', 'no'),
    ...forwarding(settings.forward),
    ...(address.compress ? ['-C'] : []),
    ...(address.key === undefined ? [] : ['-i', address.key]),
    ...(address.port === undefined ? [] : ['-p', String(address.port)]),
    ...(address.user === undefined ? [] : ['-l', address.user]),
    ...pinnedKey(address, settings.knownHostsFile),
    '--',
    address.host,
    ...remoteCommand(settings.words ?? daemonCommand(address)),
  ];
}

/** The connect timeout in whole seconds, and not more than `ssh` accepts. */
function connectTimeout({ connectSeconds }: SshSettings): number {
  return Math.max(1, Math.ceil(timerMs(connectSeconds) / 1000));
}

function option(name: string, value: string): string[] {
  return ['-o', `${name}=${value}`];
}

/**
 * A forward ends with its connection, so that must not be a shared one. Without a forward of ours,
 * those of the user's configuration are cleared; `ClearAllForwardings` would clear ours as well.
 */
function forwarding(forward: SocketForward | undefined): string[] {
  if (forward === undefined) return option('ClearAllForwardings', 'yes');
  const own = [...option('ControlPath', 'none'), ...option('ExitOnForwardFailure', 'no')];
  return [...own, '-R', `${forward.from}:${forward.to}`];
}

function pinnedKey(address: SshAddress, file: string | undefined): string[] {
  if (file === undefined) return [];
  return [
    ...option('UserKnownHostsFile', `"${file}"`),
    ...option('GlobalKnownHostsFile', '/dev/null'),
    ...option('HostKeyAlias', address.host),
    ...option('StrictHostKeyChecking', 'yes'),
  ];
}
