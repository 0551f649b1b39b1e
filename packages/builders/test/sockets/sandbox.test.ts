import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeNixBase32 } from '@dispatch/nix/nixbase32';
import { defaultStoreDir, storePathFromParts } from '@dispatch/nix/store-path';
import { buildDerivation } from '@dispatch/protocol/operations/build-derivation';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { newestNix, nixVersions } from '../../../../test/farm/installed-nix.ts';
import type { DaemonStore } from '../../src/daemon-store.ts';
import { storeOf } from '../store-content.ts';

let farm: Farm;

beforeAll(async () => {
  const settings = { 'extra-sandbox-paths': '/run/dispatch?' };
  farm = await startFarm({
    builders: [
      ...nixVersions().map((nix) => ({ name: nix, nix, settings })),
      { name: 'far', nix: newestNix(), ssh: true, settings },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

/** Builds what asks the socket that is called by the hash part of its output; gives the log. */
async function buildAsking(store: DaemonStore, hash: string): Promise<string> {
  const out = storePathFromParts(defaultStoreDir, hash, 'asking');
  const script =
    'h=${out#/nix/store/}; h=${h%%-*}; ls -l /run/dispatch/$h; ' +
    '/usr/bin/curl -sS --unix-socket /run/dispatch/$h -d "from $h" http://dispatch/hello && echo done > $out';
  const derivation = {
    outputs: [{ name: 'out', path: out, hashAlgo: '', hash: '' }],
    inputSrcs: [],
    system: 'x86_64-linux',
    builder: '/bin/sh',
    args: ['-c', script],
    env: [
      ['PATH', '/usr/bin'],
      ['out', out],
    ] as const,
  };
  const drvPath = storePathFromParts(defaultStoreDir, hash, 'asking.drv');
  let log = '';
  const result = await store.pool.withConnection((connection) =>
    buildDerivation(
      connection,
      { drvPath, derivation, mode: 'normal' },
      {
        onEvent: (event) =>
          void (log += `${JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}\n`),
      },
    ),
  );
  expect(`${result.status} ${result.errorMessage}`).toBe('Built ');
  return log;
}

/** Answers over any stream, as whoever holds a group together does. */
function answering(): { readonly heard: string[]; readonly serve: (stream: Duplex) => void } {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${body}`);
      response.end('hello from outside\n');
    });
  });
  return { heard, serve: (stream) => void server.emit('connection', stream) };
}

const ways = [
  ...nixVersions().map((nix) => [`on this machine, of Nix ${nix},`, nix, 'ssh2'] as const),
  ['by our own SSH', 'far', 'ssh2'] as const,
  ["by the system's ssh", 'far', 'system'] as const,
];

it.each(ways)('a build in its sandbox reaches a socket %s', async (_, builder, wish) => {
  const environment = { ...farm.hub.env, DISPATCH_SSH: wish };
  const store = storeOf(farm.builder(builder), { environment });
  const hash = encodeNixBase32(randomBytes(20));
  const { heard, serve } = answering();
  const socket = await store.listen(`/run/dispatch/${hash}`, serve, new AbortController().signal);
  const log = await buildAsking(store, hash);
  expect(log).toMatch(/srw-rw-rw-/);
  expect(log).toContain('hello from outside');
  expect(heard).toEqual([`POST /hello from ${hash}`]);
  await socket.close();
  store.close();
});
