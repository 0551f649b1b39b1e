import { createHash } from 'node:crypto';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMultipleToStore } from '../src/operations/add-multiple-to-store.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { buildDerivation } from '../src/operations/build-derivation.ts';
import { narFromPath } from '../src/operations/nar-from-path.ts';
import { queryValidPaths } from '../src/operations/query-valid-paths.ts';
import {
  connectTo,
  expectInStep,
  fileInStore,
  type LoneDaemon,
  shellDerivation,
  startDaemon,
  storePath,
} from './daemon.ts';

let from: LoneDaemon;
let to: LoneDaemon;
beforeAll(async () => {
  [from, to] = await Promise.all([startDaemon(), startDaemon()]);
});
afterAll(async () => {
  await Promise.all([from.end(), to.end()]);
});

const trustingly = { repair: false, dontCheckSigs: true };
const mebibyte = 1024 * 1024;

/** The NAR of a file of zeros, which nobody holds whole. */
async function* narOfZeros(size: number): AsyncGenerator<Uint8Array> {
  const { bytes } = fileInStore('empty', Buffer.alloc(8));
  const header = Buffer.from(bytes.subarray(0, bytes.length - 8 - 16));
  header.writeBigUInt64LE(BigInt(size), header.length - 8);
  yield header;
  const piece = Buffer.alloc(mebibyte);
  for (let at = 0; at < size; at += mebibyte) yield piece;
  yield bytes.subarray(bytes.length - 16);
}

async function infoOf(name: string, nar: AsyncIterable<Uint8Array>): Promise<ValidPathInfo> {
  const hash = createHash('sha256');
  let narSize = 0;
  for await (const piece of nar) {
    hash.update(piece);
    narSize += piece.length;
  }
  const { info } = fileInStore(name, Buffer.alloc(0));
  return { ...info, narHash: hash.digest('hex'), narSize };
}

test('a large NAR goes from one daemon to another without being held', async () => {
  const size = 256 * mebibyte;
  const info = await infoOf('zeros', narOfZeros(size));
  const [source, target] = await Promise.all([connectTo(from.daemon), connectTo(to.daemon)]);
  await addToStoreNar(source, { info, nar: narOfZeros(size), ...trustingly });
  const before = process.memoryUsage.rss();
  let most = 0;
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of narFromPath(source, info.path)) {
      most = Math.max(most, process.memoryUsage.rss() - before);
      yield piece;
    }
  }
  await addToStoreNar(target, { info, nar: watched(), ...trustingly });
  expect(most).toBeLessThan(128 * mebibyte);
  await expectInStep(source);
  await expectInStep(target);
  source.close();
  target.close();
});

test('a slow reader holds up the daemon, not the memory', async () => {
  const info = await infoOf('more-zeros', narOfZeros(64 * mebibyte));
  const connection = await connectTo(from.daemon);
  const nar = narOfZeros(64 * mebibyte);
  await addToStoreNar(connection, { info, nar, ...trustingly });
  const before = process.memoryUsage().arrayBuffers;
  const pieces = narFromPath(connection, info.path)[Symbol.asyncIterator]();
  await pieces.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * mebibyte);
  await pieces.return(undefined);
});

test('a thousand small paths go in at once', async () => {
  const files = Array.from({ length: 1000 }, (_, at) =>
    fileInStore(`s-${at}`, Buffer.from(`${at}`)),
  );
  const connection = await connectTo(to.daemon);
  async function* items() {
    for (const file of files) yield [file];
  }
  await addMultipleToStore(connection, { items: items(), count: files.length, ...trustingly });
  const paths = files.map(({ info }) => info.path);
  const valid = await queryValidPaths(connection, { paths, substitute: false });
  expect(new Set(valid)).toEqual(new Set(paths));
  connection.close();
});

test('a flood of log lines is read as fast as it comes', async () => {
  const connection = await connectTo(to.daemon);
  const derivation = shellDerivation('flood', '/usr/bin/seq 200000; echo > $out');
  const drvPath = storePath('flood.drv');
  let lines = 0;
  const onEvent = (event: { type: string; result?: { type: string } }) => {
    if (event.result?.type === 'build-log-line') lines += 1;
  };
  const result = await buildDerivation(
    connection,
    { drvPath, derivation, mode: 'normal' },
    { onEvent },
  );
  expect(result.status).toBe('Built');
  expect(lines).toBe(200_000);
  await expectInStep(connection);
  connection.close();
});
