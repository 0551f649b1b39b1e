// A coordinator of a version that is told, whose runs wait until they are stopped: `coordinator.ts LEDGER BUILT-AT`.

import { placeOf } from '../../src/place/place.ts';
import { Coordinator } from '../../src/serve/coordinator.ts';

const [ledger = '', builtAt = ''] = process.argv.slice(2);
const never = new Promise<never>(() => {});
const coordinator = await Coordinator.start({
  place: placeOf(ledger, '/nowhere'),
  version: { release: '1.0.0', builtAt: Number(builtAt) },
  worlds: { lend: () => never, ledger: () => never, close: async () => {} },
  log: { info: () => {}, warn: (_, what) => process.stderr.write(`${what}\n`) },
  idleMs: Infinity,
});
process.stdout.write('listening\n');
await coordinator.ended;
process.exit();
