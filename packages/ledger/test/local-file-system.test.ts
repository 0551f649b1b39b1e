import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertLocalFileSystem, fileSystemType } from '../src/lmdb/local-file-system.ts';
import { temporaryFolders } from './support/folder.ts';

const folder = temporaryFolders();
const mounts = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '30 27 0:30 / /home rw shared:1 - nfs4 server:/home rw',
  '31 30 0:31 / /home/ann/local\\040disk rw - xfs /dev/sdb rw',
  '32 27 0:32 / /homework rw - btrfs /dev/sdc rw',
  '33 27 0:33 / /mnt rw - ext4 /dev/sdd rw',
  '34 27 0:34 / /mnt rw master:2 - fuse.sshfs me@host: rw',
].join('\n');

test.each([
  ['/', 'ext4'],
  ['/var/lib', 'ext4'],
  ['/home', 'nfs4'],
  ['/home/ann', 'nfs4'],
  ['/home/ann/local disk/state', 'xfs'],
  ['/homework/x', 'btrfs'],
  ['/mnt/x', 'fuse.sshfs'],
])('%s is on %s', (path, type) => {
  expect(fileSystemType(path, mounts)).toBe(type);
});

test.each(['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'fuse.sshfs'])('%s is refused', (type) => {
  const directory = folder();
  const mountInfo = join(directory, 'mountinfo');
  writeFileSync(
    mountInfo,
    `27 1 0:1 / / rw - ext4 x rw\n28 27 0:2 / ${directory}/net rw - ${type} x rw\n`,
  );
  mkdirSync(join(directory, 'net'));
  mkdirSync(join(directory, 'local'));
  symlinkSync(join(directory, 'net'), join(directory, 'link'));
  for (const name of ['net', 'link']) {
    expect(() => assertLocalFileSystem(join(directory, name), mountInfo)).toThrow(
      expect.objectContaining({
        code: 'network-file-system',
        message: expect.stringContaining(type),
      }),
    );
  }
  assertLocalFileSystem(join(directory, 'local'), mountInfo);
  assertLocalFileSystem(join(directory, 'net'), join(directory, 'no-such-file'));
});
