import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DelayRelay } from '../farm/delay-relay.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch, type RunningDispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

const away = ['ssh2', 'system', 'sends', 'gets', 'kept', 'asked', 'slow'] as const;

beforeAll(async () => {
  const builders = away.map((name) => ({ name, away: true, slots: 2 }));
  farm = await startFarm({
    builders: [...builders, { name: 'near', slots: 4, features: ['near'] }],
  });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm?.[Symbol.asyncDispose]());

/** Within this time, as promised, the steps of a link that was cut silently are moved. */
const promisedMs = 30_000;

/** Builds with one machine that is preferred to the other, which is never cut off. */
function start(name: string, recipes: string, env: NodeJS.ProcessEnv = {}): RunningDispatch {
  const file = writeRecipes(farm, recipes);
  const fast = farm.builder(name).fastMachineLine;
  const machines = `${fast};${farm.builder('near').machineLine}`;
  const words = ['build', '-L', '--debug', '--no-link', '-f', file, '-A', 'root'];
  return dispatch.start([...words, '--builders', machines], { env });
}

/**
 * Cuts the link; gives the milliseconds until the step begins anew on the other machine, where it must succeed.
 */
async function msUntilMoved(name: string, running: RunningDispatch, step: string): Promise<number> {
  farm.builder(name).network.cut();
  const cutAt = performance.now();
  await running.told(begun(step, 'near'), promisedMs + 15_000);
  const ms = performance.now() - cutAt;
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return ms;
}

/** The event of a step that begins on a machine. */
function begun(step: string, name: string): RegExp {
  return new RegExp(`"step-started".*"name":"${step}","builder":"${farm.builder(name).uri}"`);
}

const bytesOnTheirWay = /"copy-progress".*"bytesDone":[1-9]/;

describe.concurrent('a link', () => {
  test.each(['ssh2', 'system'] as const)(
    'is cut without a word in mid-build, SSH by %s: the step is moved within 30 s',
    async (ssh) => {
      const running = start(
        ssh,
        `root = shell "mid-${ssh}" "echo begins; sleep 2; echo > $out" {};`,
        { DISPATCH_SSH: ssh },
      );
      await running.told(`mid-${ssh}> begins`);
      expect(await msUntilMoved(ssh, running, `mid-${ssh}`)).toBeLessThan(promisedMs);
    },
  );

  test('is cut while inputs are sent', async () => {
    farm.builder('sends').network.throttle(16_000);
    writeFileSync(join(farm.folder, 'sent'), Buffer.alloc(20_000_000, 'x'));
    const running = start(
      'sends',
      'root = shell "sends" "wc -c < $file > $out" { file = ./sent; };',
    );
    await running.told(bytesOnTheirWay);
    expect(await msUntilMoved('sends', running, 'sends')).toBeLessThan(promisedMs);
  });

  test('is cut while the result comes home: it is built again elsewhere', async () => {
    farm.builder('gets').network.throttle(16_000);
    const running = start('gets', 'root = shell "gets" "head -c 20000000 /dev/zero > $out" {};');
    await running.told(bytesOnTheirWay);
    expect(await msUntilMoved('gets', running, 'gets')).toBeLessThan(promisedMs);
  });

  test('is cut between two steps, under a connection that is kept', async () => {
    const running = start(
      'kept',
      `first = shell "first" "head -c 100000 /dev/zero > $out" {};
       slow = shell "slow" "sleep 3; echo > $out" { requiredSystemFeatures = [ "near" ]; };
       root = shell "second" "cat $first > $out" { inherit first slow; };`,
    );
    await running.told(/"step-ended".*"name":"first"/);
    expect(await msUntilMoved('kept', running, 'second')).toBeLessThan(promisedMs);
    expect(running.stderr).toMatch(begun('second', 'kept'));
  });

  test('is cut before a command asks: that is told within the connect limit, beside the other machines', async () => {
    farm.builder('asked').network.cut();
    const began = performance.now();
    const lines = `${farm.builder('asked').machineLine};${farm.builder('near').machineLine}`;
    const words = ['builders', '--builders', lines, '--connect-timeout', '2'];
    const { code, stdout } = await dispatch.run(words);
    expect(performance.now() - began).toBeLessThan(8000);
    expect(code).toBe(1);
    expect(stdout).toMatch(/ unreachable .*\n.*near\S* +ok /);
  });

  test('has a delay of 300 ms and loses a tenth of all packets: it is not taken for a dead one', async () => {
    const { network, ssh, machineLine, uri } = farm.builder('slow');
    await using relay = await DelayRelay.start(ssh!.host, ssh!.port, 300);
    network.lose(0.1);
    const line = machineLine.replace(uri, `ssh-ng://root@127.0.0.1:${relay.port}`);
    const file = writeRecipes(
      farm,
      `large = shell "bad-link" "head -c 300000 /dev/urandom > $out; sleep 12" {};
     after = shell "after-bad-link" "wc -c < $large > $out" { inherit large; };`,
    );
    const { code, stderr } = await dispatch.build(['-f', file, '-A', 'large', '-A', 'after'], line);
    network.mend();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toContain('warning');
  });
});
