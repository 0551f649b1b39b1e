import type { DrvOutput, Realisation } from '@dispatch/nix/realisation';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Dialect } from '../features.ts';
import { type Decoder, readBoolean, readList, readLongText } from '../wire/decoder.ts';
import {
  parseRealisation,
  printDrvOutput,
  readRealisation,
  writeDrvOutput,
} from '../wire/realisation.ts';
import type { RequestWriter } from '../wire/request-writer.ts';
import type { WireInput } from '../wire/wire-input.ts';

/** The realisation of a content-addressed derivation's output, if known. Needs protocol 1.31. */
export async function queryRealisation(
  connection: DaemonConnection,
  output: DrvOutput,
  options?: CallOptions,
): Promise<Realisation | undefined> {
  connection.requireVersion('QueryRealisation', 31);
  return connection.call(
    { operation: 'QueryRealisation', ...layoutOf(connection, output) },
    options,
  );
}

interface Layout {
  readonly request: (out: RequestWriter) => void;
  readonly reply: (input: WireInput) => Decoder<Realisation | undefined>;
}

function layoutOf({ features }: Dialect, output: DrvOutput): Layout {
  return features.has('realisation-with-path-not-hash')
    ? { request: (out) => writeDrvOutput(out, output), reply: readOptionalRealisation }
    : { request: (out) => out.text(printDrvOutput(output)), reply: readFirstRealisation };
}

function* readOptionalRealisation(input: WireInput): Decoder<Realisation | undefined> {
  return (yield* readBoolean(input)) ? yield* readRealisation(input) : undefined;
}

function* readFirstRealisation(input: WireInput): Decoder<Realisation | undefined> {
  const [first] = yield* readList(input, readLongText);
  return first === undefined ? undefined : parseRealisation(first);
}
