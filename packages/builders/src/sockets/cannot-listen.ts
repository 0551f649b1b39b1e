import { dirname } from 'node:path';
import { BuildersError } from '../errors.ts';

/** The error for a socket that cannot be made on a machine: why, and what to do there. */
export function cannotListen(path: string, why: string, advice: string): BuildersError {
  return new BuildersError('cannot-listen', `cannot make the socket ${path}: ${why}; ${advice}`);
}

/** The error where the socket's folder is missing, or the user may not write in it. */
export function folderRefused(path: string, user: string, why: string): BuildersError {
  const folder = dirname(path);
  const reason = why === '' ? `${user} may not write in ${folder}` : why;
  const advice =
    `as root there, run 'install -d -m 0755 -o ${user} ${folder}', and to have it after each start ` +
    `of the machine, put the line 'd ${folder} 0755 ${user} -' into /etc/tmpfiles.d/dispatch.conf`;
  return cannotListen(path, reason, advice);
}

/** The error where the SSH server refuses to make sockets for us. */
export function notForwarded(path: string, why: string): BuildersError {
  const advice =
    'its sshd must let us forward Unix sockets: AllowStreamLocalForwarding yes (or remote) and no ' +
    "DisableForwarding in sshd_config, no 'restrict' or 'no-port-forwarding' before our key in authorized_keys";
  return cannotListen(path, `the SSH server there does not make it (${why})`, advice);
}

/** The error where our login may not run commands there. */
export function noShell(path: string, why: string): BuildersError {
  const advice =
    'our login there must run commands: no command="…" before our key in authorized_keys, no ' +
    'ForceCommand in sshd_config, and a shell that runs sh';
  return cannotListen(path, `the login there did not run our commands (${why})`, advice);
}
