import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readCount, readName, readOptionalPath } from '../wire/decoder.ts';
import type { WireInput } from '../wire/wire-input.ts';

export type DerivationOutputMap = ReadonlyMap<OutputName, StorePath | undefined>;

/**
 * The path that each output of a derivation in the store has, or would have if it were built;
 * undefined for outputs whose path is known only after a build. Needs protocol 1.22.
 */
export async function queryDerivationOutputMap(
  connection: DaemonConnection,
  drvPath: StorePath,
  options?: CallOptions,
): Promise<DerivationOutputMap> {
  connection.requireVersion('QueryDerivationOutputMap', 22);
  return connection.call(
    {
      operation: 'QueryDerivationOutputMap',
      request: (out) => {
        out.text(drvPath);
      },
      reply: readOutputMap,
    },
    options,
  );
}

function* readOutputMap(input: WireInput): Decoder<DerivationOutputMap> {
  const count = yield* readCount(input);
  const outputs = new Map<OutputName, StorePath | undefined>();
  for (let at = 0; at < count; at += 1) {
    const name = yield* readName(input);
    outputs.set(name, yield* readOptionalPath(input));
  }
  return outputs;
}
