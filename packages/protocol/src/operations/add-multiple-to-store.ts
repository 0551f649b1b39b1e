import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readNothing } from '../wire/decoder.ts';
import { writePathInfo } from '../wire/path-info.ts';
import { RequestWriter } from '../wire/request-writer.ts';
import { addToStoreNar } from './add-to-store-nar.ts';

export interface PathWithNar {
  readonly info: ValidPathInfo;
  /** All of its bytes where they are few and at hand, else a stream. */
  readonly nar: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface AddMultipleToStoreRequest {
  /**
   * Batches of paths, each path after its references; a batch is what is at hand together. A NAR in
   * pieces is the last of its batch, and is read to its end before the next batch is asked for.
   */
  readonly items: AsyncIterable<readonly PathWithNar[]>;
  /** How many paths there are in all: the daemon is told before the first. */
  readonly count: number;
  readonly repair: boolean;
  readonly dontCheckSigs: boolean;
}

/** Small paths are gathered into pieces of this many bytes, so that many of them cost one write. */
const gatheredBytes = 64 * 1024;

/**
 * Adds many paths in one stream. A failure in the middle loses that path and the following ones;
 * those before it stay. Otherwise as `addToStoreNar`, which is used for each path by itself where
 * the daemon is older than protocol 1.32.
 */
export function addMultipleToStore(
  connection: DaemonConnection,
  request: AddMultipleToStoreRequest,
  options?: CallOptions,
): Promise<void> {
  if (connection.version.minor < 32) return addOneByOne(connection, request, options);
  return connection.call(
    {
      operation: 'AddMultipleToStore',
      request: (out) => {
        out.boolean(request.repair);
        out.boolean(request.dontCheckSigs);
      },
      data: concatenated(request),
      reply: readNothing,
    },
    options,
  );
}

async function* concatenated({
  items,
  count,
}: AddMultipleToStoreRequest): AsyncGenerator<Uint8Array> {
  let out = new RequestWriter();
  out.integer(count);
  for await (const batch of items) {
    for (const { info, nar } of batch) {
      writePathInfo(out, info);
      const isWhole = nar instanceof Uint8Array;
      if (isWhole) out.verbatim(nar);
      if (isWhole && out.length < gatheredBytes) continue;
      yield out.bytes;
      out = new RequestWriter();
      if (!isWhole) yield* nar;
    }
    yield out.bytes;
    out = new RequestWriter();
  }
}

async function addOneByOne(
  connection: DaemonConnection,
  { items, repair, dontCheckSigs }: AddMultipleToStoreRequest,
  options?: CallOptions,
): Promise<void> {
  for await (const batch of items) {
    for (const { info, nar } of batch) {
      const pieces = nar instanceof Uint8Array ? once(nar) : nar;
      await addToStoreNar(connection, { info, nar: pieces, repair, dontCheckSigs }, options);
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
