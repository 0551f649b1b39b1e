import { encodeNixBase32 } from '@dispatch/nix/nixbase32';
import { defaultStoreDir, storePathFromParts } from '@dispatch/nix/store-path';
import { isValidPath } from '@dispatch/protocol/operations/is-valid-path';
import { printVersion } from '@dispatch/protocol/protocol-version';
import type { Trust } from '@dispatch/protocol/trust';
import type { DaemonOffer } from './daemon-offer.ts';
import type { DaemonSettings } from './daemon-settings.ts';
import type { DaemonStore } from './daemon-store.ts';

/** What a machine tells when asked. */
export interface Survey {
  /** Undefined where the daemon is too old to say (before Nix 2.7). */
  readonly nixVersion: string | undefined;
  /** As in `1.35`. */
  readonly protocolVersion: string;
  readonly trust: Trust;
  /** Whether the daemon stated its trust or it was found by trying; undefined where unknown. */
  readonly trustFrom: 'told' | 'tried' | undefined;
  /**
   * Milliseconds until the first connection was ready, with the SSH login and the daemon's start.
   */
  readonly connectMs: number;
  /** Milliseconds for one question and its answer on an open connection, the shortest of three. */
  readonly latencyMs: number;
  /** What its daemon says it builds; undefined when it does not say. */
  readonly offer: DaemonOffer | undefined;
  /** Settings of its nix.conf; undefined where they cannot be known from here. */
  readonly settings: DaemonSettings | undefined;
  /** Bytes free on its store's file system; undefined where they cannot be known from here. */
  readonly freeBytes: number | undefined;
}

/** Several, since the first answer may be late: the daemon may still be opening its store. */
const questions = 3;

/** Asks a machine everything that can be known of it. Throws what connecting and asking throw. */
export async function survey(store: DaemonStore, signal: AbortSignal): Promise<Survey> {
  const begin = performance.now();
  const { told, ...times } = await store.pool.withConnection(
    async (connection) => {
      const connectMs = performance.now() - begin;
      const answers: number[] = [];
      for (let asked = 0; asked < questions; asked += 1) {
        const start = performance.now();
        await isValidPath(connection, nobodysPath, { signal });
        answers.push(performance.now() - start);
      }
      return { connectMs, latencyMs: Math.min(...answers), told: connection.trust };
    },
    { signal },
  );
  const { version, nixVersion, trust } = await store.facts({ signal });
  const [offer, settings, freeBytes] = await Promise.all([
    store.offer({ signal }),
    store.daemonSettings(signal),
    store.freeSpace(signal),
  ]);
  return {
    nixVersion,
    protocolVersion: printVersion(version),
    trust,
    trustFrom: trust === 'unknown' ? undefined : told === 'unknown' ? 'tried' : 'told',
    ...times,
    offer,
    settings,
    freeBytes,
  };
}

const nobodysPath = storePathFromParts(
  defaultStoreDir,
  encodeNixBase32(new Uint8Array(20)),
  'dispatch-asks-nothing',
);
