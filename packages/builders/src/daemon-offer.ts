import { randomBytes } from 'node:crypto';
import { encodeNixBase32 } from '@dispatch/nix/nixbase32';
import { defaultStoreDir, type StorePath, storePathFromParts } from '@dispatch/nix/store-path';
import { type ClientOptions, defaultClientOptions } from '@dispatch/protocol/client-options';
import {
  type BuildDerivationRequest,
  buildDerivation,
} from '@dispatch/protocol/operations/build-derivation';
import type { ConnectionPool } from './connection-pool.ts';

/** What a daemon builds, by its own nix.conf rather than by a machines file. */
export interface DaemonOffer {
  /** Its own system; the daemon does not report its `extra-platforms`. */
  readonly system: string;
  /** Its `system-features`. */
  readonly features: readonly string[];
}

/** A system and a feature that no machine has. */
const impossible = 'dispatch-asks-what-you-build';

/**
 * Asks a daemon what it builds. The protocol has no such question, but a daemon that refuses a
 * derivation names its own system and features: so it is given one that it must refuse, and nothing
 * is built, fetched or registered. Undefined when the refusal is worded in an unknown way. The
 * daemon must trust us.
 */
export async function askOffer(pool: ConnectionPool): Promise<DaemonOffer | undefined> {
  const { errorMessage } = await pool.withConnection(
    (connection) => buildDerivation(connection, impossibleBuild()),
    { settings },
  );
  return offerIn(errorMessage);
}

/**
 * Keeps the daemon from substituting. An entry in `overrides` would do too, but would stick to the
 * connection and keep it from being reused.
 */
const settings: ClientOptions = { ...defaultClientOptions, useSubstitutes: false };

// Random paths: two that ask at once must not wait for each other's lock.
function newPath(name: string): StorePath {
  return storePathFromParts(defaultStoreDir, encodeNixBase32(randomBytes(20)), name);
}

function impossibleBuild(): BuildDerivationRequest {
  const derivation = {
    outputs: [{ name: 'out', path: newPath(impossible), hashAlgo: '', hash: '' }],
    inputSrcs: [],
    system: impossible,
    builder: '/bin/false',
    args: [],
    env: [['requiredSystemFeatures', impossible]] as const,
  };
  return { drvPath: newPath(`${impossible}.drv`), derivation, mode: 'normal' };
}

/**
 * Understands the refusals of every Nix since 2.3; newer ones list features and system separately.
 */
function offerIn(refusal: string): DaemonOffer | undefined {
  const system = /(?:but I am a|Current system:) '([^']*)'/.exec(refusal)?.[1];
  const features =
    /(?:but I am a|Current system:) '[^']*' with features \{([^}]*)\}/.exec(refusal)?.[1] ??
    /Available features: \{([^}]*)\}/.exec(refusal)?.[1];
  if (system === undefined || features === undefined) return undefined;
  return { system, features: features.split(/[\s,]+/).filter((feature) => feature !== '') };
}
