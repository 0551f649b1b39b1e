// `hold-ledger.ts FOLDER`: keeps all others from writing into the ledger of a folder, until it is killed; writes
// nothing itself.
import { writeSync } from 'node:fs';
import { LmdbEnvironment } from '../../../packages/ledger/src/lmdb/environment.ts';

const [folder = ''] = process.argv.slice(2);
const forEver = new Int32Array(new SharedArrayBuffer(4));
LmdbEnvironment.open(folder).write(() => {
  writeSync(1, 'held\n');
  Atomics.wait(forEver, 0, 0);
});
