import { expect, test } from 'vitest';
import { startWorld } from './support/world.ts';

const quick = { proofMs: 300, transferMs: 300 };

test('without a token that counts nothing is told, and nothing done', async () => {
  const world = await startWorld(quick);
  await world.join('board.1');
  for (const token of ['', 'x', 'f'.repeat(48), `${'f'.repeat(48)}, Bearer x`]) {
    for (const path of ['self', 'list', 'send/x', 'fail', 'commit']) {
      expect((await world.curl('board.1', token, path)).status).toBe(403);
    }
  }
  expect(world.calls.map(({ call }) => call)).toEqual(['hello']);
  expect(world.failures).toEqual([]);
});

test('a token counts only once its tag was seen, and its calls wait for that', async () => {
  const world = await startWorld({ proofMs: 5000 });
  const { token, tag } = await world.hello('board.1');
  const waiting = world.curl('board.1', token, 'self');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(world.calls).toEqual([]);
  world.rendezvous.noteLine('board.1', `\u001b[32m${tag}\u001b[0m\r`);
  expect((await waiting).status).toBe(200);
});

test('who never shows a tag is told what to do', async () => {
  const world = await startWorld(quick);
  const { token } = await world.hello('board.1');
  expect(await world.curl('board.1', token, 'self')).toMatchObject({
    status: 403,
    text: "the build log of board.1 did not show this token's tag within 0.3 s: print it there\n",
  });
});

test("a token is of no use at another member's socket, nor its tag in another log", async () => {
  const world = await startWorld(quick);
  const { token, tag } = await world.hello('board.2');
  world.rendezvous.noteLine('control', tag);
  world.rendezvous.noteLine('board.1', tag);
  expect((await world.curl('control', token, 'self')).status).toBe(403);
  expect((await world.curl('board.1', token, 'self')).status).toBe(403);
  expect((await world.curl('board.2', token, 'self')).status).toBe(403);
  world.rendezvous.noteLine('board.2', tag);
  expect((await world.curl('board.2', token, 'self')).text).toContain('name=board.2\n');
  expect((await world.curl('control', token, 'self')).status).toBe(403);
});

test('the tokens and tags of another group, or another attempt, are none here', async () => {
  const [world, other] = [await startWorld(quick), await startWorld(quick)];
  const { token, tag } = await other.hello('board.1');
  other.rendezvous.noteLine('board.1', tag);
  world.rendezvous.noteLine('board.1', tag);
  expect((await other.curl('board.1', token, 'self')).status).toBe(200);
  expect((await world.curl('board.1', token, 'self')).status).toBe(403);
  // Nor does a foreign tag in its log keep the member from proving itself.
  world.rendezvous.noteLine('board.1', `dispatch-tag-${'0'.repeat(64)}`);
  const own = await world.join('board.1');
  expect((await own('self')).status).toBe(200);
});

test('a tag that a proven member is made to print proves nobody else', async () => {
  const world = await startWorld(quick);
  const attacker = await world.hello('board.1');
  const own = await world.join('board.1');
  // As when the member prints a message that it got.
  world.rendezvous.noteLine('board.1', attacker.tag);
  expect(await world.curl('board.1', attacker.token, 'fail')).toMatchObject({
    status: 403,
    text: 'board.1 has proven another token already: all of its processes share the first\n',
  });
  expect((await world.curl('board.1', '', 'hello')).status).toBe(403);
  expect((await own('self')).status).toBe(200);
  expect(world.calls.filter(({ call }) => call === 'hello')).toHaveLength(1);
});

test('a tag tells nothing by which a token could be guessed, and no two are the same', async () => {
  const world = await startWorld();
  const given = await Promise.all(Array.from({ length: 20 }, () => world.hello('board.1')));
  const all = given.flatMap(({ token, tag }) => [token, tag]);
  expect(new Set(all).size).toBe(40);
  for (const { token, tag } of given) expect(tag).not.toContain(token.slice(0, 8));
});

test('paths, methods and names that are none are told so, and are harmless', async () => {
  const world = await startWorld();
  const call = await world.join('control');
  const asIs = '--path-as-is';
  const refusals: readonly (readonly [number, string, ...string[]])[] = [
    [404, '', asIs],
    [404, '../self', asIs],
    [404, 'get/../../etc/passwd', asIs],
    [404, '/self', asIs],
    [404, 'self/', asIs, '--request-target', 'http://dispatch/self'],
    [404, 'constructor'],
    [404, '__proto__'],
    [404, 'SELF'],
    [400, 'get/..', asIs],
    [400, 'get/%2e%2e'],
    [400, 'get/%2Fetc%2Fpasswd'],
    [400, 'get/a%00b'],
    [400, 'send/'],
    [400, `send/${'x'.repeat(101)}`],
    [400, 'self/me'],
    [400, 'wait/x?from=%61'],
    [400, 'wait/x?from=control&from=control'],
    [400, 'wait/x?__proto__=control'],
    [400, 'wait/x?from'],
    [400, 'sync/x?key=y'],
    [405, 'self', '-X', 'DELETE'],
    [405, 'self', '-X', 'OPTIONS'],
  ];
  for (const [status, path, ...how] of refusals) {
    const answer = await call(path, ...how);
    expect(`${path} ${answer.status}`).toBe(`${path} ${status}`);
    expect(answer.text).toMatch(/^[\x20-\x7e]+\n$/);
  }
  expect(world.calls.map((one) => one.call)).toEqual(['hello']);
});

test('messages that are none are refused', async () => {
  const world = await startWorld();
  const call = await world.join('control');
  for (const body of ['ip', '=x', 'a=1&a=2', 'a=%', 'a=%ff', 'a=%0a', 'a=%0D', 'a=%1b[2J', '&']) {
    expect(`${body} ${(await call('send/x', '-d', body)).status}`).toBe(`${body} 400`);
  }
  expect((await call('send/x', '--data-binary', 'a=1\nb=2')).status).toBe(400);
  expect((await call('sync/x', '-d', 'text')).status).toBe(413);
});

test('what goes to the log of the group is one printable line, and no long one', async () => {
  const world = await startWorld();
  const call = await world.join('board.1');
  await call('send/x', '--data-urlencode', 'a=\u202etxt.exe\u2028second line');
  await call('send/y', '--data-urlencode', `a=${'y'.repeat(5000)}`);
  const spoof = 'bad\r\n12:00 control commit\u001b[1A\u001b]0;title\u0007\0\u009b31m';
  await call('fail', '--data-binary', spoof.replaceAll('\0', ''));
  const said = [...world.calls.map(({ detail }) => detail), ...world.failures];
  for (const line of said) {
    expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(line.length).toBeLessThan(1100);
  }
  expect(world.calls.at(-1)?.detail).toContain('bad\\u{d}\\u{a}12:00 control commit\\u{1b}[1A');
});
