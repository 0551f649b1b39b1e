// A coordinator of a version that is told, whose runs wait until they are stopped: `coordinator.ts LEDGER BUILT-AT [started]`.

import { Socket } from 'node:net';
import { CoordinatorError } from '../../src/errors.ts';
import { placeOf, startChannel } from '../../src/place/place.ts';
import { Coordinator } from '../../src/serve/coordinator.ts';

const [ledger = '', builtAt = '', started] = process.argv.slice(2);
const never = new Promise<never>(() => {});
const coordinator = await Coordinator.start({
  place: placeOf(ledger, '/nowhere'),
  version: { release: '1.0.0', builtAt: Number(builtAt) },
  worlds: {
    lend: () => never,
    builders: ['unix:///steered'],
    steer: (builder, steering) => process.stdout.write(`${steering} ${builder}\n`),
    ledger: () => never,
    close: async () => {},
  },
  log: { info: () => {}, warn: (_, what) => process.stderr.write(`${what}\n`) },
  idleMs: Infinity,
  starter: started === undefined ? undefined : new Socket({ fd: startChannel }),
}).catch((error: unknown) => {
  // Another one was faster.
  if (error instanceof CoordinatorError && error.code === 'held') process.exit();
  throw error;
});
process.stdout.write('listening\n');
await coordinator.ended;
process.exit();
