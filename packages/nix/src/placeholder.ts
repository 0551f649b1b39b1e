import type { ByteString } from './byte-string.ts';
import type { OutputName } from './derivation.ts';
import { bytesOfHex, type Sha256 } from './make-store-path.ts';
import { encodeNixBase32 } from './nixbase32.ts';
import { outputPathName } from './output-path.ts';
import { derivationName, hashPart, type StorePath } from './store-path.ts';

/** What stands for a derivation's own output in its recipe, until Nix puts in the path to build. */
export function ownPlaceholder(sha256: Sha256, output: OutputName): ByteString {
  return placeholder(sha256, `nix-output:${output}`);
}

/**
 * What stands in a derivation's recipe for an input whose path is not known before it is built
 * (Nix's `DownstreamPlaceholder`). It is a hash of the input's drv path, so it changes with it.
 */
export function downstreamPlaceholder(
  sha256: Sha256,
  drvPath: StorePath,
  output: OutputName,
): ByteString {
  const name = outputPathName(derivationName(drvPath), output);
  return placeholder(sha256, `nix-upstream-output:${hashPart(drvPath)}:${name}`);
}

function placeholder(sha256: Sha256, text: ByteString): ByteString {
  return `/${encodeNixBase32(bytesOfHex(sha256(text)))}`;
}
