import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { makeFarmFolder, removeFarmFolder } from '../farm/farm-folder.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

const cache = makeFarmFolder();
/** What the builder fetched from its cache. */
const fetched: string[] = [];
let server: Server;
let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  server = createServer(({ url = '' }, answer) => {
    const file = join(cache, url);
    if (existsSync(file)) fetched.push(url);
    else answer.writeHead(404);
    answer.end(existsSync(file) ? readFileSync(file) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = { substituters: `http://127.0.0.1:${port}?trusted=true` };
  farm = await startFarm({ builders: [{ name: 'far', ssh: true, settings }] });
  dispatch = new Dispatch(farm);
});

afterAll(async () => {
  await farm?.[Symbol.asyncDispose]();
  server.close();
  removeFarmFolder(cache);
});

/**
 * Builds something that reads an input which is in the hub and in the cache; gives what the builder fetched of
 * it.
 */
async function fetchedOf(name: string, config: string, more: readonly string[]): Promise<string[]> {
  const file = writeRecipes(
    farm,
    `input = shell "${name}-input" "echo i > $out" {};
     reader = shell "${name}-reader" "cat $input > $out" { inherit input; };`,
  );
  const [input = ''] = await farm.hub.realise(await instantiate(farm, file, 'input'));
  const copy = ['--extra-experimental-features', 'nix-command', 'copy', '--no-check-sigs'];
  await farm.hub.run('nix', [...copy, '--to', `file://${cache}`, input]);
  fetched.length = 0;
  const words = ['build', '--no-link', '-f', file, '-A', 'reader', '--builders', farm.machines];
  const env = { NIX_CONFIG: config };
  const { code, stderr } = await dispatch.run([...words, ...more], { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return fetched.filter((url) => url.startsWith('/nar/'));
}

const name = 'builders-use-substitutes';

test.each([
  ['nix.conf', `${name} = true`, []],
  ['an option', '', [`--${name}`]],
  ['--option', `${name} = false`, ['--option', name, 'true']],
])(
  'a builder fetches what its own binary cache has where it may: by %s',
  async (by, config, more) => {
    expect(await fetchedOf(`may-${by.replaceAll(/\W/g, '')}`, config, more)).toHaveLength(1);
  },
);

test.each([
  ['nix.conf', `${name} = false`, []],
  ['--option', `${name} = true`, ['--option', name, 'false']],
])('and is sent it where it must not: by %s', async (by, config, more) => {
  expect(await fetchedOf(`must-not-${by.replaceAll(/\W/g, '')}`, config, more)).toEqual([]);
});
