// Makes a socket on a store's machine, until it is killed: `listens.ts STORE-URI SSH-KEY PATH SSH SSH-OPTIONS`.

import { DaemonStore } from '../../src/daemon-store.ts';

const [uri = '', sshKey = '', path = '', wish = '', options = ''] = process.argv.slice(2);
const environment = { ...process.env, DISPATCH_SSH: wish, NIX_SSHOPTS: options };
const machine = { uri, sshKey: sshKey === '' ? undefined : sshKey, publicHostKey: undefined };
const store = new DaemonStore(machine, { environment });
await store.listen(path, (stream) => stream.end(), new AbortController().signal);
process.stdout.write('listening\n');
