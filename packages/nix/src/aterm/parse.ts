import type { ByteString } from '../byte-string.ts';
import type { Derivation, EnvironmentEntry } from '../derivation.ts';
import type { StoreDir } from '../store-path.ts';
import { Cursor } from './cursor.ts';
import { type DerivationText, readDerivationText } from './derivation-text.ts';
import { unescapeString } from './escape.ts';

/** Reads a `.drv` file whole. Throws `bad-aterm` with the position of the first fault. */
export function parseDerivation(text: ByteString, storeDir?: StoreDir): Derivation {
  return decodeDerivation(readDerivationText(text, storeDir));
}

/** The recipe of a derivation that was read before, decoded: for building it, or showing it. */
export function decodeDerivation(derivation: DerivationText): Derivation {
  const { outputs, inputDrvs, inputSrcs, recipe } = derivation;
  const cursor = new Cursor(recipe.text);
  const system = cursor.plainString();
  cursor.expect(',');
  const builder = decodeString(cursor);
  cursor.expect(',');
  const args: ByteString[] = [];
  cursor.list(() => args.push(decodeString(cursor)));
  const env: EnvironmentEntry[] = [];
  for (let index = 0; index < recipe.env.length; index += 4) {
    const [keyStart, keyEnd, valueStart, valueEnd] = recipe.env.slice(index, index + 4);
    env.push([
      unescapeString(recipe.text.slice(keyStart, keyEnd)),
      unescapeString(recipe.text.slice(valueStart, valueEnd)),
    ]);
  }
  return { outputs, inputDrvs, inputSrcs, system, builder, args, env };
}

function decodeString(cursor: Cursor): ByteString {
  const start = cursor.at + 1;
  cursor.skipString();
  return unescapeString(cursor.text.slice(start, cursor.at - 1));
}
