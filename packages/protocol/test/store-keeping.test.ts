import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { baseName, hashPart } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import type { DaemonConnection } from '../src/daemon-connection.ts';
import { addBuildLog } from '../src/operations/add-build-log.ts';
import { addIndirectRoot } from '../src/operations/add-indirect-root.ts';
import { addPermRoot } from '../src/operations/add-perm-root.ts';
import { addSignatures } from '../src/operations/add-signatures.ts';
import { addTextToStore } from '../src/operations/add-text-to-store.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { buildDerivation } from '../src/operations/build-derivation.ts';
import { collectGarbage } from '../src/operations/collect-garbage.ts';
import { findRoots } from '../src/operations/find-roots.ts';
import { holdPaths } from '../src/operations/hold-paths.ts';
import { isValidPath } from '../src/operations/is-valid-path.ts';
import { queryDerivationOutputMap } from '../src/operations/query-derivation-output-map.ts';
import { queryPathFromHashPart } from '../src/operations/query-path-from-hash-part.ts';
import { queryPathInfo } from '../src/operations/query-path-info.ts';
import { queryRealisation } from '../src/operations/query-realisation.ts';
import { queryReferrers } from '../src/operations/query-referrers.ts';
import { queryValidDerivers } from '../src/operations/query-valid-derivers.ts';
import { registerDrvOutput } from '../src/operations/register-drv-output.ts';
import {
  connectTo,
  expectInStep,
  fileInStore,
  inPieces,
  type LoneDaemon,
  shellDerivation,
  startDaemon,
  storePath,
} from './daemon.ts';

async function deadPaths(by: DaemonConnection): Promise<readonly string[]> {
  const request = { action: 'return-dead', paths: [], maxFreed: undefined } as const;
  return (await collectGarbage(by, request)).paths;
}

describe.each(nixVersions())('Nix %s', (nix) => {
  let lone: LoneDaemon;
  let connection: DaemonConnection;
  beforeAll(async () => {
    lone = await startDaemon({
      nix,
      settings: {
        'experimental-features': 'nix-command ca-derivations',
        'keep-derivations': 'true',
      },
    });
    connection = await connectTo(lone.daemon);
  });
  afterAll(async () => {
    await expectInStep(connection);
    connection.close();
    await lone.end();
  });

  function addText(
    name: string,
    references: Parameters<typeof addTextToStore>[1]['references'] = [],
  ) {
    return addTextToStore(connection, {
      name,
      text: `${name}\n${references.join('\n')}`,
      references,
    });
  }

  test('who refers to a path, and which path has a hash', async () => {
    const low = await addText('low');
    const high = await addText('high', [low]);
    expect(await queryReferrers(connection, low)).toEqual([high]);
    expect(await queryPathFromHashPart(connection, hashPart(high))).toBe(high);
    expect(await queryPathFromHashPart(connection, '0'.repeat(32))).toBeUndefined();
    expect(await queryValidDerivers(connection, low)).toEqual([]);
  });

  test('signatures are added to a path info', async () => {
    const path = await addText('signed');
    const signature = `key-1:${Buffer.alloc(64, 7).toString('base64')}`;
    await addSignatures(connection, { path, signatures: [signature] });
    const info = await queryPathInfo(connection, path);
    expect(info?.signatures).toEqual([signature]);
    expect(info?.contentAddress).toMatch(/^text:sha256:[0-9a-z]{52}$/);
  });

  test('roots keep paths, and what has none is collected', async () => {
    const [rooted, temporary, dead] = [
      await addText('rooted'),
      await addText('temp'),
      await addText('d'),
    ];
    const link = join(lone.daemon.folder, 'root-link');
    symlinkSync(rooted, link);
    await addIndirectRoot(connection, link);
    const keeper = await connectTo(lone.daemon);
    expect(await holdPaths(keeper, { rooted: [temporary], asked: [temporary] })).toEqual([
      temporary,
    ]);
    expect(await findRoots(connection)).toContainEqual({ link, target: rooted });
    const collector = await connectTo(lone.daemon);
    connection.close(); // whatever was added on it is held by it
    await expect.poll(() => deadPaths(collector)).toContain(dead);
    const request = { action: 'delete-specific', paths: [dead], maxFreed: undefined } as const;
    const { paths, bytesFreed } = await collectGarbage(collector, request);
    expect(paths).toEqual([dead]);
    expect(bytesFreed).toBeGreaterThan(0);
    expect(await deadPaths(collector)).not.toContain(rooted);
    expect(await isValidPath(collector, temporary)).toBe(true);
    const alive = collectGarbage(collector, { ...request, paths: [temporary] });
    await expect(alive).rejects.toMatchObject({ code: 'daemon-error' });
    await expectInStep(collector);
    keeper.close();
    connection = collector;
  });

  test('where the outputs of a derivation are', async () => {
    const [drvPath] = await lone.farm.hub.instantiate(
      `derivation { name = "outputs"; system = "x"; builder = "x"; outputs = [ "out" "dev" ]; }`,
    );
    const file = lone.farm.hub.daemon.realPath(drvPath ?? '');
    const { stdout } = await lone.farm.hub.run('cat', [file]);
    const path = await addTextToStore(connection, {
      name: 'outputs.drv',
      text: stdout,
      references: [],
    });
    const outputs = await queryDerivationOutputMap(connection, path);
    expect([...outputs.keys()].toSorted()).toEqual(['dev', 'out']);
    expect(outputs.get('dev')).toMatch(/-outputs-dev$/);
  });

  test('a floating output is found where it was put', async () => {
    const derivation = shellDerivation('floating', 'echo floating > $out');
    const placeholder = '/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9';
    const result = await buildDerivation(connection, {
      drvPath: storePath('floating.drv'),
      derivation: {
        ...derivation,
        outputs: [{ name: 'out', path: '', hashAlgo: 'r:sha256', hash: '' }],
        env: [['out', placeholder]],
      },
      mode: 'normal',
    });
    expect(result.status).toBe('Built');
    const outPath = result.builtOutputs.get('out');
    expect(outPath).toMatch(/-floating$/);
    const drvHash = `sha256:${'ab'.repeat(32)}`;
    const output = { drvPath: storePath('floating.drv'), drvHash, outputName: 'out' };
    expect(await queryRealisation(connection, output)).toBeUndefined();
    const realisation = { outPath: outPath!, signatures: [] };
    await registerDrvOutput(connection, output, realisation);
    expect(await queryRealisation(connection, output)).toEqual(realisation);
  });

  test('a log can be left for a derivation', async () => {
    const drvPath = storePath('logged.drv');
    await addBuildLog(connection, { drvPath, log: inPieces(Buffer.from('it went well\n'), 5) });
    await expectInStep(connection);
    const base = baseName(drvPath);
    const file = join('nix/var/log/nix/drvs', base.slice(0, 2), `${base.slice(2)}.bz2`);
    const log = execFileSync('bzcat', [join(lone.daemon.root, file)], { encoding: 'utf8' });
    expect(log).toBe('it went well\n');
  });

  test('permanent roots need a newer daemon', async () => {
    const old = await connectTo(lone.daemon, { maximumVersion: { major: 1, minor: 36 } });
    await expect(
      addPermRoot(old, { path: storePath('any'), link: '/root-of-mine' }),
    ).rejects.toMatchObject({ code: 'unsupported-operation' });
    old.close();
  });
});

test.each(nixVersions().filter((nix) => nix !== '2.8'))(
  'Nix %s makes a permanent root',
  async (nix) => {
    const lone = await startDaemon({ nix });
    onTestFinished(() => lone.end());
    const connection = await connectTo(lone.daemon);
    const { info, ...file } = fileInStore('permanent', Buffer.from('permanent'));
    await addToStoreNar(connection, { ...file, info, repair: false, dontCheckSigs: true });
    const link = join(lone.daemon.folder, 'permanent-link');
    await addPermRoot(connection, { path: info.path, link });
    expect(await findRoots(connection)).toContainEqual({ link, target: info.path });
    await expectInStep(connection);
    connection.close();
  },
);

test.each(nixVersions())(
  'a log that Nix %s refuses costs the connection, not the next call',
  async (nix) => {
    const strict = await startDaemon({ nix, trusted: false });
    try {
      const untrusted = await connectTo(strict.daemon);
      const log = inPieces(Buffer.from('forged'), 5);
      const refused = addBuildLog(untrusted, { drvPath: storePath('any.drv'), log });
      await expect(refused).rejects.toMatchObject({ code: 'daemon-error' });
      expect(untrusted.usable).toBe(false);
    } finally {
      await strict.end();
    }
  },
);
