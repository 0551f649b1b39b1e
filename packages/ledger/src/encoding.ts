import { Packr } from 'msgpackr/pack';
import { LedgerError } from './errors.ts';
import type { StoredValues } from './stored-values.ts';

/*
 * The one encoding of everything that a backend stores: a byte with the version of the layout, then
 * MessagePack. Plain maps, not msgpackr's shared record structures, so that each value can be read
 * by itself, by any process.
 */
const layoutVersion = 1;
const packr = new Packr({ useRecords: false, moreTypes: false });

/** The bytes to store for a value. */
export function encode<Kind extends keyof StoredValues>(
  _kind: Kind,
  value: StoredValues[Kind],
): Uint8Array {
  const packed = packr.pack(value);
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = layoutVersion;
  bytes.set(packed, 1);
  return bytes;
}

/**
 * The value that `encode` was given. Throws `unknown-version` for what a newer dispatch wrote, and
 * `corrupt` for what no dispatch wrote.
 */
export function decode<Kind extends keyof StoredValues>(
  _kind: Kind,
  bytes: Uint8Array,
): StoredValues[Kind] {
  if (bytes[0] !== layoutVersion) throw unknownLayout(bytes[0]);
  try {
    return packr.unpack(bytes.subarray(1)) as StoredValues[Kind];
  } catch (cause) {
    throw new LedgerError('corrupt', 'the ledger holds a record that cannot be read', { cause });
  }
}

function unknownLayout(version: number | undefined): LedgerError {
  return new LedgerError(
    'unknown-version',
    `the ledger holds a record of layout ${version ?? 'none'}, and this dispatch reads layout ` +
      `${layoutVersion}: use the newer dispatch that wrote it`,
  );
}
