import { dirname } from 'node:path';
import { BuildersError } from '../errors.ts';

/** The error for a socket that a machine does not let us make: why, and what to do there. */
export function cannotListen(path: string, why: string, advice: string): BuildersError {
  return new BuildersError('cannot-listen', `cannot make the socket ${path}: ${why}; ${advice}`);
}

/** The same where the socket's folder is not there, or is not for the user to write in. */
export function folderRefused(path: string, user: string, why: string): BuildersError {
  const folder = dirname(path);
  const reason = why === '' ? `${user} may not write in ${folder}` : why;
  const advice =
    `as root there, run 'install -d -m 0755 -o ${user} ${folder}', and to have it after each start ` +
    `of the machine, put the line 'd ${folder} 0755 ${user} -' into /etc/tmpfiles.d/dispatch.conf`;
  return cannotListen(path, reason, advice);
}

/** The same where the SSH server makes no sockets for us. */
export function notForwarded(path: string, why: string): BuildersError {
  const advice =
    'its sshd must let us forward Unix sockets: AllowStreamLocalForwarding yes (or remote) and no ' +
    "DisableForwarding in sshd_config, no 'restrict' or 'no-port-forwarding' before our key in authorized_keys";
  return cannotListen(path, `the SSH server there does not make it (${why})`, advice);
}

/** The same where our login runs no commands there. */
export function noShell(path: string, why: string): BuildersError {
  const advice =
    'our login there must run commands: no command="…" before our key in authorized_keys, no ' +
    'ForceCommand in sshd_config, and a shell that runs sh';
  return cannotListen(path, `no shell there sees to it (${why})`, advice);
}
