import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DaemonConnection } from '../src/daemon-connection.ts';
import { isProtocolError } from '../src/errors.ts';
import { buildPathsWithResults } from '../src/operations/build-paths-with-results.ts';
import { narFromPath } from '../src/operations/nar-from-path.ts';
import { queryMissing } from '../src/operations/query-missing.ts';
import { queryPathInfo } from '../src/operations/query-path-info.ts';
import { queryRealisation } from '../src/operations/query-realisation.ts';
import { collect, storePath } from './daemon.ts';
import { daemonMagic, greeting, last, ScriptedPeer, wire } from './scripted-peer.ts';

const path = storePath('any');
const output = { drvPath: path, drvHash: 'sha256:00', outputName: 'out' };
const operations = [
  (connection: DaemonConnection) => queryPathInfo(connection, path),
  (connection: DaemonConnection) => queryMissing(connection, []),
  (connection: DaemonConnection) => queryRealisation(connection, output),
  (connection: DaemonConnection) => collect(narFromPath(connection, path)),
  (connection: DaemonConnection) =>
    buildPathsWithResults(connection, { targets: [], mode: 'normal' }),
];

/** Bytes that get far: words of the protocol, small and huge integers, texts, and noise. */
const word = fc.oneof(
  fc.constantFrom(last, 0x6f6c6d67, 0x53545254, 0x53544f50, 0x52534c54, 0x63787470, 0x64617461),
  fc.nat(20),
  fc.nat(Number.MAX_SAFE_INTEGER),
  fc.constantFrom('', 'Error', path, `${path}!out`, '0'.repeat(64), '{}', 'nix-archive-1', '('),
);
const likely = fc.array(word, { maxLength: 40 }).map((words) => wire(...words));
const script = fc.oneof(fc.uint8Array({ maxLength: 400 }), likely);

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function isExpected(outcome: unknown): boolean {
  return outcome === undefined || (isProtocolError(outcome) && outcome.message.length > 0);
}

test('whatever greets us, it ends in an answer or a ProtocolError', async () => {
  const start = fc.constantFrom(Buffer.alloc(0), wire(daemonMagic), wire(daemonMagic, 0x126));
  await fc.assert(
    fc.asyncProperty(start, script, fc.integer({ min: 1, max: 64 }), async (head, tail, piece) => {
      const peer = new ScriptedPeer(Buffer.concat([head, tail]), { hangUp: true, piece });
      expect(isExpected(await outcomeOf(DaemonConnection.open(peer.streams)))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('whatever answers a request, it ends in an answer or a ProtocolError', async () => {
  const operation = fc.constantFrom(...operations);
  const feature = fc.constantFrom('some-feature', 'realisation-with-path-not-hash');
  await fc.assert(
    fc.asyncProperty(
      operation,
      feature,
      script,
      fc.boolean(),
      async (call, named, bytes, afterLast) => {
        const peer = new ScriptedPeer(greeting(38, 1, named));
        const connection = await DaemonConnection.open(peer.streams);
        const before = process.memoryUsage().arrayBuffers;
        const outcome = outcomeOf(call(connection));
        peer.say(Buffer.concat([afterLast ? wire(last) : Buffer.alloc(0), bytes]));
        setImmediate(() => peer.streams.destroy());
        expect(isExpected(await outcome)).toBe(true);
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
      },
    ),
    { numRuns: 1000 },
  );
});
