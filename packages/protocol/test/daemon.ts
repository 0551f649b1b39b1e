import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { BasicDerivation } from '@dispatch/nix/derivation';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { NixDaemon, NixDaemonOptions } from '../../../test/farm/nix-daemon.ts';
import type { ByteStreams } from '../src/byte-streams.ts';
import { DaemonConnection, type OpenOptions } from '../src/daemon-connection.ts';
import type { PathWithNar } from '../src/operations/add-multiple-to-store.ts';
import { isValidPath } from '../src/operations/is-valid-path.ts';

/** One real daemon, alone in its farm. */
export interface LoneDaemon {
  readonly farm: Farm;
  readonly daemon: NixDaemon;
  end(): Promise<void>;
}

export async function startDaemon(options: Partial<NixDaemonOptions> = {}): Promise<LoneDaemon> {
  const farm = await startFarm({ builders: [{ name: 'daemon', slots: 2, ...options }] });
  const { daemon } = farm.builder('daemon');
  return { farm, daemon, end: () => farm[Symbol.asyncDispose]() };
}

export function socketStreams(path: string): ByteStreams {
  const socket = connect(path);
  return { input: socket, output: socket, destroy: (error) => void socket.destroy(error) };
}

export function connectTo(daemon: NixDaemon, options: OpenOptions = {}): Promise<DaemonConnection> {
  return DaemonConnection.open(socketStreams(daemon.socket), { name: 'the builder', ...options });
}

/** A second request, whose answer is known: it shows that both sides are still in step. */
export async function expectInStep(connection: DaemonConnection): Promise<void> {
  if (!connection.usable) throw new Error('the connection is no longer usable');
  if (await isValidPath(connection, storePath('never-there'))) throw new Error('out of step');
}

/** A store path that nothing was hashed for: a daemon that trusts us takes it all the same. */
export function storePath(name: string): StorePath {
  const digits = '0123456789abcdfghijklmnpqrsvwxyz';
  const digest = createHash('sha256').update(name).digest().subarray(0, 32);
  const hash = Array.from(digest, (byte) => digits[byte % 32]).join('');
  return parseStorePath(`/nix/store/${hash}-${name}`);
}

export function fileInStore(
  name: string,
  contents: Uint8Array,
): PathWithNar & { bytes: Uint8Array; nar: AsyncIterable<Uint8Array> } {
  const bytes = narOfFile(contents);
  const info = {
    path: storePath(name),
    deriver: undefined,
    narHash: createHash('sha256').update(bytes).digest('hex'),
    references: [],
    registrationTime: 0,
    narSize: bytes.length,
    ultimate: false,
    signatures: [],
    contentAddress: '',
  };
  return { info, bytes, nar: inPieces(bytes, 50_000) };
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

/** A derivation of one output, built by a shell script. */
export function shellDerivation(name: string, script: string): BasicDerivation {
  const path = storePath(name);
  return {
    outputs: [{ name: 'out', path, hashAlgo: '', hash: '' }],
    inputSrcs: [],
    system: process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux',
    builder: '/bin/sh',
    args: ['-c', script],
    env: [['out', path]],
  };
}
