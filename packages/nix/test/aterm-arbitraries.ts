import type { ByteString } from '@dispatch/nix/byte-string';
import type { Derivation, DynamicOutput, InputDerivation } from '@dispatch/nix/derivation';
import { encodeNixBase32 } from '@dispatch/nix/nixbase32';
import type { StorePath } from '@dispatch/nix/store-path';
import * as fc from 'fast-check';

/** Any bytes but NUL, with what must be escaped among them often. */
const anyText: fc.Arbitrary<ByteString> = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\r', '\t', '(', ')', '[', ']', ',', 'a', '$'),
    fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 20,
});
const plain = fc.stringMatching(/^[a-z0-9_.-]{1,8}$/);

function storePath(ending: string): fc.Arbitrary<StorePath> {
  return fc
    .tuple(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
    )
    .map(([hash, name]) => `/nix/store/${encodeNixBase32(hash)}-${name}${ending}` as StorePath);
}

/** Unique and sorted by bytes, as every list is that Nix sorts. */
function sorted<T>(item: fc.Arbitrary<T>, key: (value: T) => string): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(item, { selector: key, maxLength: 4 })
    .map((items) => items.toSorted((one, other) => (key(one) < key(other) ? -1 : 1)));
}

const outputNames = sorted(plain, String);
const noDynamic = fc.constant<DynamicOutput[]>([]);
const dynamicOutputs: fc.Arbitrary<DynamicOutput[]> = fc.letrec<{ list: DynamicOutput[] }>(
  (tie) => ({
    list: sorted(
      fc.record({
        output: plain,
        outputs: outputNames,
        dynamic: fc.oneof({ maxDepth: 2 }, noDynamic, tie('list')),
      }),
      ({ output }) => output,
    ),
  }),
).list;

const inputDrv: fc.Arbitrary<InputDerivation> = fc.record({
  path: storePath('.drv'),
  outputs: outputNames,
  dynamic: fc.oneof({ weight: 4, arbitrary: noDynamic }, dynamicOutputs),
});

/** What the parser may meet: every list in order, all else free. */
export const anyDerivation: fc.Arbitrary<Derivation> = fc.record({
  outputs: sorted(
    fc.record({
      name: plain,
      path: fc.oneof(fc.constant(''), storePath('')),
      hashAlgo: fc.constantFrom('', 'sha256', 'r:sha256', 'text:sha256'),
      hash: fc.constantFrom('', 'impure', '0'.repeat(64)),
    }),
    ({ name }) => name,
  ),
  inputDrvs: sorted(inputDrv, ({ path }) => path),
  inputSrcs: sorted(storePath(''), String),
  system: fc.constantFrom('x86_64-linux', 'builtin', ''),
  builder: anyText,
  args: fc.array(anyText, { maxLength: 4 }),
  env: sorted(fc.tuple(anyText, anyText), ([key]) => key),
});
