import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type GraphName, type OracleName, oracleOrSkip, unpackedOrSkip } from './data.ts';

const graphs: readonly { name: GraphName; count: number }[] = [
  { name: 'drvs-hello', count: 192 },
  { name: 'drvs-core-git', count: 651 },
  { name: 'drvs-nixos-plasma', count: 2671 },
  { name: 'drvs-core-all', count: 12_902 },
];

const oracles: readonly OracleName[] = [
  'oracle-hello-curl',
  'oracle-hello-expat',
  'oracle-core-git-krb5',
];

describe('the real data is whole', () => {
  for (const { name, count } of graphs) {
    test(`${name} holds ${count} derivations`, (context) => {
      expect(drvFiles(unpackedOrSkip(context, name))).toHaveLength(count);
    });
  }

  for (const name of oracles) {
    test(`${name} has the file of every derivation that changed`, (context) => {
      const { changed } = oracleOrSkip(context, name);
      const files = drvFiles(unpackedOrSkip(context, name));
      expect(files.toSorted()).toEqual(changed.map((one) => basename(one.new)).toSorted());
    });
  }
});

function drvFiles(folder: string): string[] {
  return readdirSync(join(folder, 'nix', 'store'));
}
