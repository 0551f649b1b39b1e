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
  /** Its own system; `extra-platforms` are not among what it tells. */
  readonly system: string;
  /** Its `system-features`. */
  readonly features: readonly string[];
}

/** A system and a feature that no machine has. */
const impossible = 'dispatch-asks-what-you-build';

/**
 * Asks a daemon what it builds. The protocol has no question for that; but a daemon that refuses a
 * derivation names its own system and features. So it gets one that it must refuse: nothing is built,
 * fetched or registered. Undefined when it refuses with other words. It must trust us.
 */
export async function askOffer(pool: ConnectionPool): Promise<DaemonOffer | undefined> {
  const { errorMessage } = await pool.withConnection(
    (connection) => buildDerivation(connection, impossibleBuild()),
    { settings },
  );
  return offerIn(errorMessage);
}

/** It fetches nothing of what we ask for. An override would keep the connection from all later uses. */
const settings: ClientOptions = { ...defaultClientOptions, useSubstitutes: false };

// Paths of its own, or two who ask at once would wait for each other's lock.
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

/** In the words of any Nix since 2.3; newer ones tell features apart from the system. */
function offerIn(refusal: string): DaemonOffer | undefined {
  const system = /(?:but I am a|Current system:) '([^']*)'/.exec(refusal)?.[1];
  const features =
    /(?:but I am a|Current system:) '[^']*' with features \{([^}]*)\}/.exec(refusal)?.[1] ??
    /Available features: \{([^}]*)\}/.exec(refusal)?.[1];
  if (system === undefined || features === undefined) return undefined;
  return { system, features: features.split(/[\s,]+/).filter((feature) => feature !== '') };
}
