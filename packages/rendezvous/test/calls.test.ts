import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startWorld } from './support/world.ts';

test('a member learns who it is, and who the others are', async () => {
  const world = await startWorld();
  const control = await world.join('control');
  expect((await control('self')).text).toBe(
    'name=control\nrole=control\nhost=lab-c\ngroup=can-bus\nid=f00d\nattempt=first\nsize=3\n',
  );
  expect((await control('list')).text).toBe(
    'board.1 board lab-a\nboard.2 board lab-b\ncontrol control lab-c\n',
  );
  expect((await control('list?role=board')).text).toBe(
    'board.1 board lab-a\nboard.2 board lab-b\n',
  );
  const json = await control('list?role=control', '-H', 'Accept: application/json');
  expect(JSON.parse(json.text)).toEqual([{ name: 'control', role: 'control', host: 'lab-c' }]);
});

test('messages are waited for, kept for who comes late, and never changed', async () => {
  const world = await startWorld();
  const [one, two, control] = [
    await world.join('board.1'),
    await world.join('board.2'),
    await world.join('control'),
  ];
  const waiting = control('wait/address?from=board.1');
  await expect.poll(() => world.calls.at(-1)?.call).toBe('wait');
  const text = 'ip=10.0.0.1';
  await one('send/address', '--data-urlencode', text, '--data-urlencode', 'motto=a+b & c=ü%');
  expect((await waiting).text).toBe('ip=10.0.0.1\nmotto=a+b & c=ü%\n');
  expect((await control('wait/address?key=motto')).text).toBe('a+b & c=ü%\n');

  expect(await one('send/address', '-d', text)).toMatchObject({ status: 409 });
  const same = ['-d', text, '--data-urlencode', 'motto=a+b & c=ü%'];
  expect(await one('send/address', ...same)).toEqual({ status: 200, text: '', exit: 0 });
  await two('send/address', '-d', 'ip=10.0.0.2');
  expect((await control('wait-all/address?role=board&key=ip')).text).toBe(
    'board.1 10.0.0.1\nboard.2 10.0.0.2\n',
  );
  const all = await two('wait-all/address?role=board', '-H', 'Accept: application/json');
  expect(JSON.parse(all.text)).toEqual([
    { from: 'board.1', values: { ip: '10.0.0.1', motto: 'a+b & c=ü%' } },
    { from: 'board.2', values: { ip: '10.0.0.2' } },
  ]);
  expect((await two('wait/address?key=port')).text).toBe(
    'message address of board.1 has no port\n',
  );
});

test('a barrier lets all go at once, and only then', async () => {
  const world = await startWorld();
  const calls = [
    await world.join('board.1'),
    await world.join('board.2'),
    await world.join('control'),
  ];
  const passed: number[] = [];
  const early = calls.slice(0, 2).map(async (call, index) => {
    await call('sync/ready');
    passed.push(index);
  });
  await expect.poll(() => world.calls.filter(({ call }) => call === 'sync')).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(passed).toEqual([]);
  expect(await calls[2]!('sync/ready')).toEqual({ status: 200, text: '', exit: 0 });
  await Promise.all(early);
  expect(await calls[0]!('sync/ready')).toMatchObject({ status: 200 });
});

test('small files are passed on byte by byte', async () => {
  const world = await startWorld();
  const [one, control] = [await world.join('board.1'), await world.join('control')];
  const file = join(world.folder, 'image');
  writeFileSync(file, randomBytes(1024 * 1024));
  const copy = join(world.folder, 'copy');
  const waiting = control('get/image', '-o', copy);
  expect(await one('put/image', '-T', file)).toMatchObject({ status: 200 });
  await waiting;
  expect(readFileSync(copy).equals(readFileSync(file))).toBe(true);
  expect(await one('put/image', '-T', '/dev/null')).toMatchObject({ status: 409 });
  expect((await control('put/image', '-T', '/dev/null')).status).toBe(200);
  expect((await control('get/image?from=control')).text).toBe('');
});

test('who fails, fails the group: whoever waits is told at once, and so is who calls later', async () => {
  const world = await startWorld();
  const [one, two, control] = [
    await world.join('board.1'),
    await world.join('board.2'),
    await world.join('control'),
  ];
  const waiting = [two('commit'), control('wait/never'), control('get/never')];
  await expect.poll(() => world.calls.length).toBe(6);
  expect(await one('fail', '-d', 'no power')).toMatchObject({ status: 200, text: '' });
  const told = { status: 424, text: 'group can-bus has failed: board.1: no power\n', exit: 0 };
  expect(await Promise.all(waiting)).toEqual([told, told, told]);
  expect(await control('self', '--fail-with-body')).toEqual({ ...told, exit: 22 });
  expect(await control('fail', '-d', 'me too')).toEqual(told);
  world.rendezvous.fail('Ctrl-C');
  expect(world.failures).toEqual(['board.1: no power']);
});

test('a verdict from outside reaches who waits, even when everything is closed in the same breath', async () => {
  const world = await startWorld();
  const one = await world.join('board.1');
  const waiting = one('sync/ready');
  await expect.poll(() => world.calls.at(-1)?.call).toBe('sync');
  world.rendezvous.fail('machine lab-b is lost', 'board.2');
  const closed = world.rendezvous.close();
  expect((await waiting).text).toBe('group can-bus has failed: board.2: machine lab-b is lost\n');
  await closed;
  expect(await world.connections()).toBe(0);
  expect(world.failures).toEqual([]);
});

test('the commit barrier opens when all have come to it or have ended', async () => {
  const world = await startWorld();
  const [one, control] = [await world.join('board.1'), await world.join('control')];
  const waiting = [one('commit'), control('commit')];
  await expect.poll(() => world.calls.filter(({ call }) => call === 'commit')).toHaveLength(2);
  expect(await one('send/more')).toMatchObject({
    status: 409,
    text: 'board.1 has committed: nothing can follow that\n',
  });
  world.rendezvous.finish('board.2');
  const done = { status: 200, text: '', exit: 0 };
  expect(await Promise.all(waiting)).toEqual([done, done]);
  expect(await one('commit')).toEqual(done);
});

test('the clock of a barrier runs from the start of the last member', async () => {
  const world = await startWorld({}, 300);
  const [one, two] = [await world.join('board.1'), await world.join('board.2')];
  const waiting = [one('sync/ready'), two('sync/ready')];
  await expect.poll(() => world.calls.filter(({ call }) => call === 'sync')).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(world.failures).toEqual([]);
  world.rendezvous.begin();
  const line = 'control: did not come to barrier ready within 0.3 s';
  const told = { status: 424, text: `group can-bus has failed: ${line}\n`, exit: 0 };
  expect(await Promise.all(waiting)).toEqual([told, told]);
  expect(world.failures).toEqual([line]);
});

test('each call is told of once, with its time and who made it', async () => {
  const world = await startWorld();
  const before = Date.now();
  const one = await world.join('board.1');
  await one('send/address', '-d', 'ip=10.0.0.1', '-d', 'port=80');
  await one('wait/address?from=board.1&key=ip');
  await one('put/log', '--data-binary', 'text');
  await one('fail', '-d', 'enough');
  const told = world.calls.map(({ member, call, detail }) => `${member} ${call} ${detail}`);
  expect(told).toEqual([
    'board.1 hello ',
    'board.1 send address ip=10.0.0.1 port=80',
    'board.1 wait address from board.1 ip',
    'board.1 put log (4 bytes)',
    'board.1 fail enough',
  ]);
  const times = world.calls.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((first, next) => first - next));
  expect(times[0]).toBeGreaterThanOrEqual(before);
});
