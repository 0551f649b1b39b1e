import type { Realisation } from '@dispatch/nix/realisation';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readList, readLongText } from '../wire/decoder.ts';
import { parseRealisation, printDrvOutput } from '../wire/realisation.ts';
import type { WireInput } from '../wire/wire-input.ts';

/** Where an output of a content-addressed derivation lies, if known. Needs protocol 1.31. */
export async function queryRealisation(
  connection: DaemonConnection,
  output: Pick<Realisation, 'drvHash' | 'outputName'>,
  options?: CallOptions,
): Promise<Realisation | undefined> {
  connection.requireVersion('QueryRealisation', 31);
  const realisations = await connection.call(
    {
      operation: 'QueryRealisation',
      request: (out) => {
        out.text(printDrvOutput(output));
      },
      reply: (input) => readList(input, readRealisation),
    },
    options,
  );
  return realisations[0];
}

function* readRealisation(input: WireInput): Decoder<Realisation> {
  return parseRealisation(yield* readLongText(input));
}
