import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, it } from 'vitest';
import { startFarm } from '../../../test/farm/farm.ts';
import { DaemonStore } from '../src/daemon-store.ts';
import { addText, storeOf } from './store-content.ts';

it('a path that nobody asked for is none that the store has', async () => {
  await using farm = await startFarm({ builders: [{ name: 'box' }] });
  const honest = storeOf(farm.builder('box'));
  const asked = await addText(honest, 'asked');
  const other = asked.replace('asked', 'other') as StorePath;
  const socket = join(farm.folder, 'liar');
  // Says what the daemon says, but for that name.
  const liar = createServer((client) => {
    const real = connect(farm.builder('box').daemon.socket);
    const end = (): void => void [client.destroy(), real.destroy()];
    for (const side of [client, real]) side.on('error', end).on('close', end);
    client.pipe(real);
    real.on('data', (bytes) =>
      client.write(bytes.toString('latin1').replace(asked, other), 'latin1'),
    );
  });
  await once(liar.listen(socket), 'listening');
  const store = new DaemonStore(`unix://${socket}`);
  expect([...(await honest.validPaths([asked, other]))]).toEqual([asked]);
  expect([...(await store.validPaths([asked]))]).toEqual([]);
  store.close();
  honest.close();
  liar.close();
});
