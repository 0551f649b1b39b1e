import type { ByteString } from '../byte-string.ts';
import {
  type Derivation,
  type DerivationOutput,
  type DynamicOutput,
  type InputDerivation,
  isDynamic,
  type OutputName,
} from '../derivation.ts';
import type { StorePath } from '../store-path.ts';
import type { DerivationText } from './derivation-text.ts';
import { escapeString } from './escape.ts';

/** The text of a `.drv` file, as Nix would write it. Lists that Nix sorts must be sorted. */
export function printDerivation(derivation: Derivation): ByteString {
  return printHead(derivation) + printRecipe(derivation);
}

/** The same for a derivation whose recipe was left as text. */
export function printDerivationText(derivation: DerivationText): ByteString {
  return printHead(derivation) + derivation.recipe.text;
}

/**
 * Everything before the recipe, with the input derivations already printed: for the hash modulo, in
 * which hashes stand in the place of their paths.
 */
export function printHeadWithInputs(
  outputs: readonly DerivationOutput[],
  inputs: ByteString,
  inputSrcs: readonly StorePath[],
): ByteString {
  return `Derive(${printOutputs(outputs)},[${inputs}],${printStrings(inputSrcs)},`;
}

/** One entry of the input derivations: `("key",["out","dev"])`. */
export function printInput(key: ByteString, outputs: readonly OutputName[]): ByteString {
  return `("${key}",${printStrings(outputs)})`;
}

type Head = Pick<Derivation, 'outputs' | 'inputDrvs' | 'inputSrcs'>;

/** Everything before the recipe. */
export function printHead(derivation: Head): ByteString {
  const dynamic = isDynamic(derivation);
  const start = dynamic ? 'DrvWithVersion("xp-dyn-drv",' : 'Derive(';
  const inputs = derivation.inputDrvs.map((input) => printInputDerivation(input, dynamic));
  const sources = printStrings(derivation.inputSrcs);
  return `${start}${printOutputs(derivation.outputs)},[${inputs.join(',')}],${sources},`;
}

function printOutputs(outputs: readonly DerivationOutput[]): ByteString {
  const items = outputs.map(
    ({ name, path, hashAlgo, hash }) => `("${name}","${path}","${hashAlgo}","${hash}")`,
  );
  return `[${items.join(',')}]`;
}

function printInputDerivation(input: InputDerivation, dynamic: boolean): ByteString {
  return dynamic
    ? `("${input.path}",${printWanted(input.outputs, input.dynamic)})`
    : printInput(input.path, input.outputs);
}

function printWanted(
  outputs: readonly OutputName[],
  dynamic: readonly DynamicOutput[],
): ByteString {
  if (dynamic.length === 0) return printStrings(outputs);
  const nested = dynamic.map(
    (item) => `("${item.output}",${printWanted(item.outputs, item.dynamic)})`,
  );
  return `(${printStrings(outputs)},[${nested.join(',')}])`;
}

function printRecipe({ system, builder, args, env }: Derivation): ByteString {
  const printedArgs = args.map((arg) => `"${escapeString(arg)}"`).join(',');
  const printedEnv = env.map(([key, value]) => `("${escapeString(key)}","${escapeString(value)}")`);
  return `"${system}","${escapeString(builder)}",[${printedArgs}],[${printedEnv.join(',')}])`;
}

function printStrings(values: readonly string[]): ByteString {
  if (values.length === 0) return '[]';
  return `["${values.join('","')}"]`;
}
