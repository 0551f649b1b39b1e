import { createHash } from 'node:crypto';
import { joinBytes } from '@dispatch/nix/byte-string';
import type { DerivedPath } from '@dispatch/nix/derived-path';
import { makeTextPath, type Sha256 } from '@dispatch/nix/make-store-path';
import { defaultStoreDir } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nixOf, nixVersions } from '../../../test/farm/installed-nix.ts';
import { defaultClientOptions } from '../src/client-options.ts';
import type { DaemonEvent } from '../src/daemon-event.ts';
import { addMultipleToStore, type PathWithNar } from '../src/operations/add-multiple-to-store.ts';
import { addTextToStore } from '../src/operations/add-text-to-store.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { buildDerivation } from '../src/operations/build-derivation.ts';
import { buildPaths } from '../src/operations/build-paths.ts';
import { buildPathsWithResults } from '../src/operations/build-paths-with-results.ts';
import { ensurePath } from '../src/operations/ensure-path.ts';
import { narFromPath } from '../src/operations/nar-from-path.ts';
import { queryMissing } from '../src/operations/query-missing.ts';
import { queryPathInfo } from '../src/operations/query-path-info.ts';
import { queryValidPaths } from '../src/operations/query-valid-paths.ts';
import { setOptions } from '../src/operations/set-options.ts';
import {
  collect,
  connectTo,
  expectInStep,
  fileInStore,
  type LoneDaemon,
  shellDerivation,
  startDaemon,
  storePath,
} from './daemon.ts';

const sha256: Sha256 = (...pieces) => createHash('sha256').update(joinBytes(pieces)).digest('hex');

async function* batchesOf<T>(...batches: T[][]): AsyncGenerator<T[]> {
  yield* batches;
}

/** The newest protocol of each Nix that may be here. */
function newestMinor(nix: string): number {
  return nix === '2.8' ? 34 : 38;
}

/** Newer Nix tells neither how often something was built nor when, though the layout has a place for it. */
function countsBuilds(nix: string): boolean {
  return nix === '2.8' || nix === '2.26';
}

// Wherever a layout changes, with the oldest Nix; the newer ones keep what they say to older clients much longer than
// any of them is in use. 1.35 is all that Lix will ever speak, and 1.38 has features.
const everyLayout = [21, 22, 23, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35, 37, 38];
const minorsOf = (nix: string) => (nix === '2.8' ? everyLayout : [21, 28, 33, 34, 35, 37, 38]);

describe.each(nixVersions())('Nix %s', (nix) => {
  let lone: LoneDaemon;
  beforeAll(async () => {
    lone = await startDaemon({ nix });
  });
  afterAll(() => lone.end());

  describe.each(minorsOf(nix))('as 1.%i', (announced) => {
    const minor = Math.min(announced, newestMinor(nix));
    const connectAs = () =>
      connectTo(lone.daemon, { maximumVersion: { major: 1, minor: announced } });

    test('the greeting agrees on the older version', async () => {
      const connection = await connectAs();
      expect(connection.version).toEqual({ major: 1, minor });
      expect(connection.nixVersion).toBe(minor >= 33 ? nixOf(nix).version : undefined);
      expect(connection.trust).toBe(minor >= 35 ? 'trusted' : 'unknown');
      await setOptions(connection, {
        ...defaultClientOptions,
        overrides: new Map([['cores', '1']]),
      });
      await expectInStep(connection);
      connection.close();
      expect(connection.usable).toBe(false);
    });

    test('paths go in and come out as they were', async () => {
      const connection = await connectAs();
      const file = fileInStore(
        `file-${announced}`,
        Buffer.alloc(300_000, `contents ${announced} `),
      );
      const { info } = file;
      expect(await queryPathInfo(connection, info.path)).toBeUndefined();
      await addToStoreNar(connection, { ...file, repair: false, dontCheckSigs: true });
      const found = await queryPathInfo(connection, info.path);
      expect(found).toMatchObject({
        path: info.path,
        narHash: info.narHash,
        narSize: info.narSize,
      });
      const nar = await collect(narFromPath(connection, info.path));
      expect(nar.equals(file.bytes)).toBe(true);
      await ensurePath(connection, info.path);
      await expectInStep(connection);
      connection.close();
    });

    test('many paths go in at once, one referring to the other', async () => {
      const connection = await connectAs();
      const first = fileInStore(`first-${announced}`, Buffer.from('first'));
      const second = fileInStore(`second-${announced}`, Buffer.from(first.info.path));
      const third = fileInStore(`third-${announced}`, Buffer.from('third'));
      const items = batchesOf<PathWithNar>(
        [
          { ...first, nar: first.bytes },
          { ...second, info: { ...second.info, references: [first.info.path] } },
        ],
        [{ ...third, nar: third.bytes }],
      );
      const request = { items, count: 3, repair: false, dontCheckSigs: true };
      await addMultipleToStore(connection, request);
      const added = [first, second, third].map(({ info }) => info.path);
      const paths = [...added, storePath('absent')];
      const valid = await queryValidPaths(connection, { paths, substitute: false });
      expect(new Set(valid)).toEqual(new Set(added));
      const info = await queryPathInfo(connection, second.info.path);
      expect(info?.references).toEqual([first.info.path]);
      await expectInStep(connection);
      connection.close();
    });

    test('a text file gets the path that Nix gives it', async () => {
      const connection = await connectAs();
      const text = { name: 'hello.txt', text: 'hello\n', references: [] };
      const path = await addTextToStore(connection, text);
      expect(path).toBe(makeTextPath(sha256, defaultStoreDir, text.name, sha256(text.text), []));
      await expectInStep(connection);
      connection.close();
    });

    test('a build logs, and says how it went', async () => {
      const connection = await connectAs();
      const events: DaemonEvent[] = [];
      const name = `built-${announced}`;
      const derivation = shellDerivation(name, 'echo building; echo result > $out');
      const drvPath = storePath(`${name}.drv`);
      const request = { drvPath, derivation, mode: 'normal' } as const;
      const onEvent = (event: DaemonEvent) => void events.push(event);
      const result = await buildDerivation(connection, request, { onEvent });
      expect(result).toMatchObject({ status: 'Built', errorMessage: '' });
      expect(result.timesBuilt).toBe(minor >= 29 && countsBuilds(nix) ? 1 : 0);
      expect([...result.builtOutputs.keys()]).toEqual(minor >= 28 ? ['out'] : []);
      const results = events
        .filter((event) => event.type === 'result')
        .map((event) => event.result);
      expect(results).toContainEqual({ type: 'build-log-line', line: 'building' });
      await expectInStep(connection);
      connection.close();
    });

    test('a failed build is a value', async () => {
      const connection = await connectAs();
      const name = `failed-${announced}`;
      const request = {
        drvPath: storePath(`${name}.drv`),
        derivation: shellDerivation(name, 'echo broken; exit 3'),
        mode: 'normal',
      } as const;
      const result = await buildDerivation(connection, request);
      expect(result.status).toBe('PermanentFailure');
      expect(result.errorMessage).toContain('failed with exit code 3');
      expect(result.errorMessage).not.toContain('\u001b');
      await expectInStep(connection);
      connection.close();
    });

    test('derivations in the store are built by their paths', async () => {
      const [drvPath] = await lone.farm.hub.instantiate(
        `derivation { name = "stored-${announced}"; system = builtins.currentSystem;
        builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; }`,
      );
      const text = await lone.farm.hub.run('cat', [lone.farm.hub.daemon.realPath(drvPath ?? '')]);
      const connection = await connectAs();
      const name = `stored-${announced}.drv`;
      const path = await addTextToStore(connection, { name, text: text.stdout, references: [] });
      expect(path).toBe(drvPath);
      const targets: DerivedPath[] = [{ kind: 'built', drvPath: path, outputs: '*' }];
      const missing = await queryMissing(connection, targets);
      expect(missing).toMatchObject({ willBuild: [path], willSubstitute: [], unknown: [] });
      await (minor >= 34 ? buildPathsWithResults : buildPaths)(connection, {
        targets,
        mode: 'normal',
      });
      expect((await queryMissing(connection, targets)).willBuild).toEqual([]);
      await expectInStep(connection);
      connection.close();
    });
  });

  test('each target of a build has its own result', async () => {
    const connection = await connectTo(lone.daemon);
    const opaque: DerivedPath = { kind: 'opaque', path: storePath('absent') };
    const results = await buildPathsWithResults(connection, { targets: [opaque], mode: 'normal' });
    expect(results).toMatchObject([{ target: opaque, result: { status: 'NoSubstituters' } }]);
    await expectInStep(connection);
    connection.close();
  });

  test('what the negotiated version lacks is refused before anything is sent', async () => {
    const connection = await connectTo(lone.daemon, { maximumVersion: { major: 1, minor: 33 } });
    const refused = buildPathsWithResults(connection, { targets: [], mode: 'normal' });
    await expect(refused).rejects.toMatchObject({ code: 'unsupported-operation' });
    await expectInStep(connection);
    connection.close();
  });
});
