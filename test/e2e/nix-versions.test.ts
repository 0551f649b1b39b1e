import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuilderOptions } from '../farm/builder.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import { nixVersions } from '../farm/installed-nix.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

/**
 * For each version a builder behind ssh and one behind a socket, each with a feature of its own, so that none is
 * left out.
 */
const builders: readonly BuilderOptions[] = nixVersions().flatMap((nix) => [
  { name: `far-${nix}`, nix, ssh: true, features: [`far-${nix}`] },
  { name: `near-${nix}`, nix, features: [`near-${nix}`] },
]);

/** Each step is built by the next builder, and reads what the one before has built. */
function relay(): string {
  const steps = builders.map(({ name }, at) => {
    const before = at === 0 ? '' : `cat $before; `;
    const input = at === 0 ? '' : `before = step${at - 1};`;
    return `step${at} = shell "${name}" "{ ${before}echo ${name}; ln -s x $out.x; } > $out; rm $out.x"
      { ${input} requiredSystemFeatures = [ "${name}" ]; };`;
  });
  const all = builders.map((_, at) => `step${at}`);
  return `${steps.join('\n')}
    end = shell "end" "mkdir $out; ln -s $last $out/last; cp $last $out/copy"
      { last = ${all.at(-1)}; all = [ ${all.join(' ')} ]; outputs = [ "out" ]; };`;
}

interface Outcome {
  readonly path: string;
  readonly hash: string;
}

/** The results of each hub, before and after the poisoning: all must agree. */
const outcomes = new Map<string, { good: Outcome; again: Outcome }>();

describe.each(nixVersions())('with a hub of Nix %s', (nix) => {
  let farm: Farm;
  let dispatch: Dispatch;
  beforeAll(async () => {
    farm = await startFarm({ hub: { nix }, builders });
    dispatch = new Dispatch(farm);
  });
  afterAll(() => farm[Symbol.asyncDispose]());

  async function build(file: string): Promise<Outcome & { stderr: string }> {
    const { code, stdout, stderr } = await dispatch.build(['-f', file, '-A', 'end']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const path = stdout.trim();
    const asked = await farm.hub.run('nix-store', ['-q', '--hash', path]);
    return { path, hash: asked.stdout.trim(), stderr };
  }

  test('every version builds its part, and poison goes through all of them', async () => {
    const file = writeRecipes(farm, relay());
    const good = await build(file);
    for (const { name } of builders) expect(good.stderr).toMatch(new RegExp(`built ${name} on`));
    const first = await instantiate(farm, file, 'step0');
    const poisoned = await dispatch.run(['poison', first, '--reason', 'bad', '--yes']);
    expect(poisoned).toMatchObject({ code: 0 });
    const again = await build(file);
    for (const { name } of builders) expect(again.stderr).toMatch(new RegExp(`built ${name} on`));
    expect(again.path).not.toBe(good.path);
    expect((await farm.hub.run('nix-store', ['--verify-path', again.path])).code).toBe(0);
    outcomes.set(nix, {
      good: { path: good.path, hash: good.hash },
      again: { path: again.path, hash: again.hash },
    });
  });
});

function failing(name: string): string {
  return `${name.replace('.', '-')} = shell "${name}" "echo some; echo words; exit 7"
      { requiredSystemFeatures = [ "${name}" ]; };`;
}

test('a failed build reads alike, whichever version it failed with', async () => {
  await using farm = await startFarm({ builders });
  const named = builders.filter(({ ssh }) => !ssh).map(({ name }) => name);
  const file = writeRecipes(farm, named.map(failing).join('\n'));
  const attributes = named.flatMap((name) => ['-A', name.replace('.', '-')]);
  const dispatch = new Dispatch(farm);
  const { stderr } = await dispatch.build(['-k', '-f', file, ...attributes]);
  for (const name of named) {
    const told = `error: ${name} failed on \\S+: builder (for '\\S+' )?failed with exit code 7
  the last 3 lines of its log:
  > ${name}: at work
  > some
  > words
`;
    expect(stderr).toMatch(new RegExp(told));
  }
});

test('what is built is the same, whatever the hub', () => {
  const [first, ...others] = [...outcomes.values()];
  expect(others).toHaveLength(nixVersions().length - 1);
  for (const other of others) expect(other).toEqual(first);
});

test.each(nixVersions())(
  'a hub of Nix %s that trusts nobody builds by itself alone',
  async (nix) => {
    await using farm = await startFarm({
      hub: { nix, trusted: false },
      builders: [{ name: 'near' }],
    });
    const dispatch = new Dispatch(farm);
    const file = writeRecipes(
      farm,
      `low = shell "low" "echo low > $out" {};
       high = shell "high" "cat $low > $out" { inherit low; };`,
    );
    const refused = await dispatch.build(['-f', file, '-A', 'high']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^dispatch: unix:\S+ does not trust this user, .*'trusted-users = root \S+'/m,
    );
    const { code, stdout, stderr } = await dispatch.build(['-f', file, '-A', 'high'], '');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(farm.hub.daemon.realPath(stdout.trim()), 'utf8')).toBe('low\n');
  },
);
