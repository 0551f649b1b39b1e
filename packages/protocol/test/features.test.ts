import { expect, test } from 'vitest';
import { DaemonConnection } from '../src/daemon-connection.ts';
import { buildDerivation } from '../src/operations/build-derivation.ts';
import { queryRealisation } from '../src/operations/query-realisation.ts';
import { registerDrvOutput } from '../src/operations/register-drv-output.ts';
import { expectInStep, shellDerivation, storePath } from './daemon.ts';
import { greeting, last, ScriptedPeer, wire } from './scripted-peer.ts';

// No Nix of Debian has a feature yet; these are the layouts of Nix 2.35.
const drvPath = storePath('any.drv');
const outPath = storePath('any');
const output = { drvPath, drvHash: `sha256:${'ab'.repeat(32)}`, outputName: 'out' };

/** A connection to a daemon with the feature, which answers two requests: this one, and a last one with no. */
async function answering(reply: Buffer) {
  const script = greeting(38, 1, 'realisation-with-path-not-hash');
  const peer = new ScriptedPeer(script);
  const connection = await DaemonConnection.open(peer.streams);
  setImmediate(() => peer.say(reply));
  const told = (length: number) => peer.told.subarray(-length);
  const end = async () => {
    setImmediate(() => peer.say(wire(last, 0)));
    await expectInStep(connection);
    connection.close();
  };
  return { connection, told, end };
}

test('outputs of a build are named by themselves', async () => {
  const times = [1, 0, 100, 101];
  const cpu = [1, 7, 0];
  const reply = wire(last, 0, '', ...times, ...cpu, 1, 'out', outPath, 1, 'key-1:c2ln');
  const { connection, end } = await answering(reply);
  const derivation = shellDerivation('any', 'true');
  const result = await buildDerivation(connection, { drvPath, derivation, mode: 'normal' });
  expect(result).toMatchObject({ status: 'Built', cpuUser: 7, cpuSystem: undefined });
  expect(result.builtOutputs).toEqual(new Map([['out', outPath]]));
  await end();
});

test('a realisation is asked for by the path of its derivation', async () => {
  const { connection, told, end } = await answering(wire(last, 1, outPath, 1, 'key-1:c2ln'));
  expect(await queryRealisation(connection, output)).toEqual({
    outPath,
    signatures: ['key-1:c2ln'],
  });
  const request = wire(43, drvPath, 'out');
  await expect.poll(() => told(request.length)).toEqual(request);
  await end();
});

test('a realisation that is not known', async () => {
  const { connection, end } = await answering(wire(last, 0));
  expect(await queryRealisation(connection, output)).toBeUndefined();
  await end();
});

test('a realisation is registered by the path of its derivation', async () => {
  const { connection, told, end } = await answering(wire(last));
  await registerDrvOutput(connection, output, { outPath, signatures: ['key-1:c2ln'] });
  const request = wire(42, drvPath, 'out', outPath, 1, 'key-1:c2ln');
  await expect.poll(() => told(request.length)).toEqual(request);
  await end();
});
