import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { newestNix } from '../farm/installed-nix.ts';
import { lixProtocol, ProtocolRelay, type SpokenProtocol } from '../farm/protocol-relay.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

const recipes = `
  low = shell "low" "echo low > $out" { requiredSystemFeatures = [ "far" ]; };
  high = shell "high" "cat $low > $out; ln -s $low $extra"
    { inherit low; requiredSystemFeatures = [ "far" ]; outputs = [ "out" "extra" ]; };
  broken = shell "broken" "echo words; exit 7" { requiredSystemFeatures = [ "far" ]; };`;

/** Daemons that are not among the real ones here: what they announce, and what is spoken with them. */
const peers: [string, SpokenProtocol, string][] = [
  ['Nix 2.3', { minor: 21 }, '1.21'],
  ['Lix', lixProtocol, '1.35'],
  ['a Nix that is yet to come', { minor: 60 }, '1.38'],
];

describe.each(peers)('as %s has it', (_name, spoken, version) => {
  let farm: Farm;
  let hub: ProtocolRelay;
  let builder: ProtocolRelay;
  beforeAll(async () => {
    const nix = newestNix();
    farm = await startFarm({ hub: { nix }, builders: [{ name: 'far', nix, features: ['far'] }] });
    const start = (name: string, daemon: string) =>
      ProtocolRelay.start(join(farm.folder, name), daemon, spoken);
    hub = await start('hub-relay', farm.hub.socket);
    builder = await start('builder-relay', farm.builder('far').daemon.socket);
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await builder[Symbol.asyncDispose]();
    await farm[Symbol.asyncDispose]();
  });

  function run(...args: string[]): Promise<ClientResult> {
    const env = {
      NIX_REMOTE: `unix://${hub.socket}?root=${farm.hub.daemon.root}`,
      NIX_DAEMON_SOCKET_PATH: hub.socket,
    };
    return new Dispatch(farm).run(args, { env });
  }

  function machines(): string[] {
    const far = farm.builder('far');
    return ['--builders', far.machineLine.replace(far.daemon.socket, builder.socket)];
  }

  function build(file: string, ...args: string[]): Promise<ClientResult> {
    return run('build', '--no-link', ...machines(), '-f', file, ...args);
  }

  test.each(['builder', 'hub'])('its version as %s, and whether it trusts us', async (which) => {
    const asked = which === 'builder' ? machines() : [];
    const { stdout } = await run('builders', '--json', ...asked);
    expect(JSON.parse(stdout)).toMatchObject({
      builders: [
        {
          protocolVersion: version,
          trusted: true,
          trustFrom: spoken.minor < 35 ? 'tried' : 'told',
          usable: true,
        },
      ],
    });
  });

  test('inputs, outputs and poison go to and fro', async () => {
    const file = writeRecipes(farm, recipes);
    const good = await build(file, '-A', 'high');
    expect(good).toMatchObject({ code: 0, stderr: expect.stringContaining('built high on') });
    const low = await instantiate(farm, file, 'low');
    const poisoned = await run('poison', low, '--reason', 'bad', '--yes');
    expect(poisoned).toMatchObject({ code: 0 });
    const again = await build(file, '-A', 'high');
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('built low on') });
    const [path = ''] = again.stdout.split('\n');
    expect(path).toMatch(/-high$/);
    expect(good.stdout).not.toContain(path);
    expect(readFileSync(farm.hub.daemon.realPath(path), 'utf8')).toBe('low\n');
    expect((await farm.hub.run('nix-store', ['--verify-path', path])).code).toBe(0);
  });

  test('a failed build', async () => {
    const { code, stderr } = await build(writeRecipes(farm, recipes), '-A', 'broken');
    expect(code).toBe(100);
    expect(stderr).toContain('  > broken: at work\n  > words\n');
  });
});
