import { type ByteString, byteStringFrom } from '../byte-string.ts';
import type { Derivation } from '../derivation.ts';
import type { StoreDir } from '../store-path.ts';
import { Cursor } from './cursor.ts';
import { type DerivationText, readDerivationText } from './derivation-text.ts';
import { unescapeString } from './escape.ts';
import { recipeEnvironment } from './recipe-bytes.ts';

/** Reads a whole `.drv` file. Throws `bad-aterm` with the position of the first fault. */
export function parseDerivation(bytes: Uint8Array, storeDir?: StoreDir): Derivation {
  return decodeDerivation(readDerivationText(bytes, storeDir));
}

/** Decodes the recipe of a derivation whose head was read before, to build it or to show it. */
export function decodeDerivation(derivation: DerivationText): Derivation {
  const { outputs, inputDrvs, inputSrcs, recipe } = derivation;
  const env = recipeEnvironment(recipe);
  const cursor = new Cursor(byteStringFrom(recipe.bytes));
  const system = cursor.plainString();
  cursor.expect(',');
  const builder = decodeString(cursor);
  cursor.expect(',');
  const args: ByteString[] = [];
  cursor.list(() => args.push(decodeString(cursor)));
  return { outputs, inputDrvs, inputSrcs, system, builder, args, env };
}

function decodeString(cursor: Cursor): ByteString {
  const start = cursor.at + 1;
  cursor.skipString();
  return unescapeString(cursor.text.slice(start, cursor.at - 1));
}
