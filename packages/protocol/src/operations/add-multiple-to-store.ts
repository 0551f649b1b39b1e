import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readNothing } from '../wire/decoder.ts';
import { writePathInfo } from '../wire/path-info.ts';
import { RequestWriter } from '../wire/request-writer.ts';
import { addToStoreNar } from './add-to-store-nar.ts';

export interface PathWithNar {
  readonly info: ValidPathInfo;
  readonly nar: AsyncIterable<Uint8Array>;
}

export interface AddMultipleToStoreRequest {
  /** References before what refers to them. Each NAR is read to its end before the next item. */
  readonly items: AsyncIterable<PathWithNar>;
  /** How many there are: the daemon is told before the first. */
  readonly count: number;
  readonly repair: boolean;
  readonly dontCheckSigs: boolean;
}

/**
 * Adds many paths in one stream; a failure in the middle loses that one and the following, what came
 * before stays. Otherwise as `addToStoreNar`, which is used one by one where the daemon is older than
 * protocol 1.32.
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
  const header = new RequestWriter();
  header.integer(count);
  yield header.bytes;
  for await (const { info, nar } of items) {
    const keyedInfo = new RequestWriter();
    writePathInfo(keyedInfo, info);
    yield keyedInfo.bytes;
    yield* nar;
  }
}

async function addOneByOne(
  connection: DaemonConnection,
  { items, repair, dontCheckSigs }: AddMultipleToStoreRequest,
  options?: CallOptions,
): Promise<void> {
  for await (const { info, nar } of items) {
    await addToStoreNar(connection, { info, nar, repair, dontCheckSigs }, options);
  }
}
