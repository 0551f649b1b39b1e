import type { ByteString } from '@dispatch/nix/byte-string';
import { bytesOf } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readPath } from '../wire/decoder.ts';
import { readPathInfo } from '../wire/path-info.ts';
import type { WireInput } from '../wire/wire-input.ts';

export interface AddTextToStoreRequest {
  /** The name of the store path; a derivation's ends in `.drv`. */
  readonly name: string;
  readonly text: ByteString;
  readonly references: readonly StorePath[];
}

/**
 * Adds a text file, such as a derivation, and returns its path. The references must be valid; a
 * derivation is also checked by the daemon, its output paths recomputed. Anybody may do this.
 */
export function addTextToStore(
  connection: DaemonConnection,
  text: AddTextToStoreRequest,
  options?: CallOptions,
): Promise<StorePath> {
  return connection.version.minor >= 25
    ? addToStore(connection, text, options)
    : addTextInRequest(connection, text, options);
}

function addToStore(
  connection: DaemonConnection,
  { name, text, references }: AddTextToStoreRequest,
  options?: CallOptions,
): Promise<StorePath> {
  return connection.call(
    {
      operation: 'AddToStore',
      request: (out) => {
        out.text(name);
        out.text('text:sha256');
        out.texts(references);
        out.boolean(false); // repair
      },
      data: oneChunk(bytesOf(text)),
      reply: readKeyedPath,
    },
    options,
  );
}

function addTextInRequest(
  connection: DaemonConnection,
  { name, text, references }: AddTextToStoreRequest,
  options?: CallOptions,
): Promise<StorePath> {
  return connection.call(
    {
      operation: 'AddTextToStore',
      request: (out) => {
        out.text(name);
        out.text(text);
        out.texts(references);
      },
      reply: readPath,
    },
    options,
  );
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function* readKeyedPath(input: WireInput): Decoder<StorePath> {
  const path = yield* readPath(input);
  yield* readPathInfo(input);
  return path;
}
