import { readFileSync, realpathSync } from 'node:fs';
import { LedgerError } from '../errors.ts';

/** The kernel's names of network file systems; those of FUSE are listed one by one. */
const networkTypes: ReadonlySet<string> = new Set([
  '9p',
  'afs',
  'beegfs',
  'ceph',
  'cifs',
  'fuse.ceph',
  'fuse.glusterfs',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.sshfs',
  'gfs2',
  'glusterfs',
  'gpfs',
  'lustre',
  'ncpfs',
  'nfs',
  'nfs4',
  'ocfs2',
  'smb3',
  'smbfs',
]);

/**
 * Refuses a folder on a network file system, where the locks and the shared memory that the ledger
 * relies on do not hold between machines. Elsewhere than on Linux nothing is checked.
 */
export function assertLocalFileSystem(
  directory: string,
  mountInfoFile = '/proc/self/mountinfo',
): void {
  const type = fileSystemType(realpathSync(directory), mountInfo(mountInfoFile));
  if (type === undefined || !networkTypes.has(type)) return;
  throw new LedgerError(
    'network-file-system',
    `the ledger cannot be kept in ${directory}, which is on a network file system (${type}): two ` +
      'machines writing at once would destroy it. Set XDG_STATE_HOME to a folder on a local disk; ' +
      'to share serials between machines, export and import them',
    { path: directory },
  );
}

function mountInfo(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The type of the file system that an absolute path without links is on, by the text of
 * /proc/self/mountinfo (see proc_pid_mountinfo(5)); undefined when it does not say.
 */
export function fileSystemType(path: string, mountInfoText: string): string | undefined {
  let best = { length: -1, type: undefined as string | undefined };
  for (const line of mountInfoText.split('\n')) {
    const [fields, rest] = line.split(' - ');
    const mountPoint = unescapeOctal(fields?.split(' ')[4] ?? '');
    if (!isAtOrBelow(path, mountPoint) || mountPoint.length < best.length) continue;
    best = { length: mountPoint.length, type: rest?.split(' ')[0] };
  }
  return best.type;
}

function isAtOrBelow(path: string, folder: string): boolean {
  if (folder === '/') return true;
  return folder !== '' && (path === folder || path.startsWith(`${folder}/`));
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
