import { createRequire } from 'node:module';
import { DaemonStore } from '../../src/daemon-store.ts';

/** Prints how many files of ssh2 are loaded once the store of the first argument was tried. */
const store = new DaemonStore(process.argv[2] ?? '');
await store.facts().catch(() => {});
store.close();
const { cache } = createRequire(import.meta.url);
process.stdout.write(String(Object.keys(cache).filter((file) => file.includes('/ssh2/')).length));
