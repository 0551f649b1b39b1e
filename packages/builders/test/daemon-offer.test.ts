import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { askOffer } from '../src/daemon-offer.ts';
import { storeOf } from './store-content.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      ...nixVersions().map((nix) => ({ name: `nix-${nix}`, nix, features: ['kvm', 'board-imx8'] })),
      { name: 'plain' },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

const expected: [string, string[]][] = [
  ...nixVersions().map((nix): [string, string[]] => [`nix-${nix}`, ['board-imx8', 'kvm']]),
  ['plain', []],
];

it.each(expected)('the daemon %s tells its features', async (name, features) => {
  const store = storeOf(farm.builder(name));
  const ask = () => askOffer(store.pool);
  const [one, two] = await Promise.all([ask(), ask()]);
  expect(one).toEqual({ system: farm.builder(name).machineLine.split(' ')[1], features });
  expect(two).toEqual(one);
  store.close();
});
