import type { DerivationOutput, OutputName } from './derivation.ts';
import { NixFormatError } from './errors.ts';
import { makeStorePath, makeTextPath, type Sha256 } from './make-store-path.ts';
import type { StoreDir, StorePath } from './store-path.ts';

/** The name part of an output's path: `hello` for `out`, `hello-dev` for `dev`. */
export function outputPathName(derivationName: string, output: OutputName): string {
  return output === 'out' ? derivationName : `${derivationName}-${output}`;
}

/**
 * The path of an input-addressed output. `maskedHex` is the hash modulo with the derivation's own
 * output paths left empty.
 */
export function inputAddressedPath(
  sha256: Sha256,
  storeDir: StoreDir,
  derivationName: string,
  output: OutputName,
  maskedHex: string,
): StorePath {
  const name = outputPathName(derivationName, output);
  return makeStorePath(sha256, storeDir, `output:${output}`, maskedHex, name);
}

const digestDigits: Readonly<Record<string, number>> = {
  blake3: 64,
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha512: 128,
};

/**
 * The path of a fixed-output derivation's output, from its declared hash alone. Throws
 * `unsupported-output-hash` for a combination of method and algorithm for which Nix has no path.
 */
export function fixedOutputPath(
  sha256: Sha256,
  storeDir: StoreDir,
  name: string,
  output: Pick<DerivationOutput, 'hashAlgo' | 'hash'>,
): StorePath {
  const { hashAlgo, hash } = output;
  const [, method = '', algorithm = ''] = /^(r:|git:|text:|)(\w+)$/.exec(hashAlgo) ?? [];
  assertDigest(hashAlgo, algorithm, hash);
  if (method === 'text:' && algorithm === 'sha256') {
    return makeTextPath(sha256, storeDir, name, hash, []);
  }
  if (method === 'text:' || (method === 'git:' && !/^sha(1|256)$/.test(algorithm))) {
    throw unsupported(`an output hash '${hashAlgo}' gives no store path`);
  }
  if (method === 'r:' && algorithm === 'sha256') {
    return makeStorePath(sha256, storeDir, 'source', hash, name);
  }
  const inner = sha256(`fixed:out:${hashAlgo}:${hash}:`);
  return makeStorePath(sha256, storeDir, 'output:out', inner, name);
}

function assertDigest(hashAlgo: string, algorithm: string, digest: string): void {
  const digits = Object.hasOwn(digestDigits, algorithm) ? digestDigits[algorithm] : undefined;
  if (digits === undefined) throw unsupported(`the output hash algorithm '${hashAlgo}' is unknown`);
  if (digest.length !== digits || !/^[0-9a-f]*$/.test(digest)) {
    throw unsupported(`'${digest}' is not ${digits} hexadecimal digits, as '${hashAlgo}' needs`);
  }
}

function unsupported(fault: string): NixFormatError {
  return new NixFormatError('unsupported-output-hash', fault);
}
