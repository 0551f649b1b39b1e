import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { killProcesses, nameOf, withDescendants } from '../farm/processes.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'far', ssh: true },
      { name: 'near', slots: 2, features: ['near'] },
    ],
  });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

function machines(...lines: string[]): string {
  return lines.join(';');
}

const closedPort = 'ssh-ng://root@127.0.0.1:1 - - 4 2';

/** A server that sends the same text to everybody. */
async function babbler(path: string, text: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume().end(text);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

test('machines that cannot be used are named with their reasons, and the others go on', async () => {
  const path = join(farm.folder, 'babbler');
  await using server = await babbler(
    path,
    '220 mail.example.org ESMTP ready and waiting for you\r\n',
  );
  const file = writeRecipes(farm, 'on = shell "on" "echo on > $out" {};');
  expect(server.listening).toBe(true);
  const { code, stderr } = await dispatch.build(
    ['-f', file, '-A', 'on'],
    machines(
      closedPort,
      `unix://${path} - - 4`,
      `unix://${farm.folder}/nothing - - 4`,
      farm.builder('near').machineLine,
    ),
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/warning: ssh-ng:\/\/root@127.0.0.1:1 cannot be used: .*refused/);
  expect(stderr).toMatch(/warning: unix:\S+babbler cannot be used: .*not.* Nix daemon/);
  expect(stderr).toMatch(/warning: unix:\S+nothing cannot be used: .*ENOENT/);
  expect(stderr).toContain(`built on on ${farm.builder('near').uri}`);
});

test('no machine can be used: exit code 1, with the reason of each', async () => {
  const file = writeRecipes(farm, 'none = shell "none" "echo none > $out" {};');
  const nothing = `unix://${farm.folder}/nothing`;
  const { code, stdout, stderr } = await dispatch.build(
    ['-f', file, '-A', 'none'],
    machines(closedPort, nothing),
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const [, account = ''] = stderr.split('error: ');
  expect(account).toMatch(/ {2}ssh-ng:\/\/root@127.0.0.1:1: it cannot be used: .*refused/);
  expect(account).toContain(`  ${nothing}: it cannot be used: `);
});

test('a machine that never answers costs its time limit once', async () => {
  const path = join(farm.folder, 'silent');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const file = writeRecipes(farm, 'quiet = shell "quiet" "echo quiet > $out" {};');
  const before = Date.now();
  const { code, stderr } = await dispatch.build(
    ['-f', file, '-A', 'quiet', '--connect-timeout', '1'],
    machines(`unix://${path} - - 4`, farm.builder('near').machineLine),
  );
  server.close();
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/silent cannot be used: .* 1 s/);
  expect(Date.now() - before).toBeLessThan(4000);
});

const losses = [
  ['near', 'ssh2'],
  ['far', 'ssh2'],
  ['far', 'system'],
] as const;

test.each(losses)(
  '%s is lost in mid-build (SSH by %s): the step is built elsewhere',
  async (lost, ssh) => {
    const name = `${lost}-${ssh}`;
    const other = lost === 'near' ? 'far' : 'near';
    const file = writeRecipes(
      farm,
      `base = shell "base-${name}" "echo base > $out" {};
     step = shell "step-${name}" "echo begins; sleep 1; cat $base > $out" { inherit base; };
     after = shell "after-${name}" "cat $step > $out" { inherit step; };`,
    );
    // The faster one is asked first.
    const fast = farm.builder(lost).fastMachineLine;
    const both = machines(fast, farm.builder(other).machineLine);
    const words = ['build', '--no-link', '-L', '-f', file, '-A', 'after', '--builders', both];
    const running = dispatch.start(words, { env: { DISPATCH_SSH: ssh } });
    await running.told(`step-${name}> begins`);
    expect(running.stderr).toContain(`building step-${name} on ${farm.builder(lost).uri}`);
    await farm.builder(lost).crash();
    const { code, stdout, stderr } = await running.ended;
    await farm.builder(lost).start();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`warning: step-${name} was lost on ${farm.builder(lost).uri}: `);
    expect(stderr).toContain(`built step-${name} on ${farm.builder(other).uri}`);
    expect(stdout).toMatch(/-after-(near|far)-\w+\n$/);
  },
);

test('the SSH server that carries a build is killed: the step is built all the same', async () => {
  const file = writeRecipes(farm, 'cut = shell "cut" "echo begins; sleep 1; echo > $out" {};');
  const far = farm.builder('far');
  const fast = far.fastMachineLine;
  const both = machines(fast, farm.builder('near').machineLine);
  const words = ['build', '--no-link', '-L', '-f', file, '-A', 'cut', '--builders', both];
  const running = dispatch.start(words);
  await running.told('cut> begins');
  const sessions = withDescendants([far.ssh!.pid!]).filter((pid) => pid !== far.ssh!.pid);
  killProcesses(sessions.filter((pid) => nameOf(pid).startsWith('sshd')));
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`warning: cut was lost on ${far.uri}: `);
  expect(stdout).toMatch(/-cut\n$/);
});

test('what lay on the lost machine alone is built again where it is needed, and nothing else is', async () => {
  const file = writeRecipes(
    farm,
    `deep = shell "deep" "echo deep > $out" {};
     base = shell "base" "cat $deep > $out" { inherit deep; };
     slow = shell "slow" "echo begins; sleep 1.5; echo > $out" { requiredSystemFeatures = [ "near" ]; };
     last = shell "last" "cat $base > $out" { inherit base slow; requiredSystemFeatures = [ "near" ]; };`,
  );
  const fast = farm.builder('far').fastMachineLine;
  const both = machines(fast, farm.builder('near').machineLine);
  const words = ['build', '--no-link', '-L', '-f', file, '-A', 'last', '--builders', both];
  const running = dispatch.start(words);
  await Promise.all([running.told(/built base on ssh-ng/), running.told('slow> begins')]);
  await farm.builder('far').crash();
  const { code, stdout, stderr } = await running.ended;
  await farm.builder('far').start();
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/-last\n$/);
  const near = farm.builder('near').uri;
  expect(stderr).toMatch(/warning: what last needs was lost, and is built again: .*ssh-ng:/);
  expect(stderr).toMatch(/warning: ssh-ng:\S+ cannot be used: /);
  expect(stderr).toContain(`building base on ${near}`);
  expect(stderr.match(/building slow/g)).toHaveLength(1);
});

test('an unreachable hub: one line, before anything is built', async () => {
  const store = `unix://${farm.folder}/no-hub`;
  const file = writeRecipes(farm, 'x = shell "x" "echo > $out" {};');
  const { stdout } = await farm.hub.run('nix-instantiate', [file, '-A', 'x']);
  const { code, stderr } = await dispatch.build([stdout.trim(), '--store', store]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^dispatch: cannot reach unix:\S+no-hub: .*\n$/);
});
