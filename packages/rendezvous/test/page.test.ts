import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { defaultLimits } from '../src/limits.ts';
import { rendezvousFolder } from '../src/socket-path.ts';
import { startWorld, type World } from './support/world.ts';

const page = readFileSync(
  join(import.meta.dirname, '..', '..', '..', 'docs', 'rendezvous.md'),
  'utf8',
);

/** The page's examples in that language, in their order. */
function examples(language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms');
  return [...page.matchAll(fenced)].map(([, text = '']) => text);
}

/** The parts of the examples that are that member's. */
function partsOf(member: string, texts: readonly string[]): string {
  const parts = texts.flatMap((text) => text.split(/^# (?=server$|client$)/m));
  return parts
    .filter((part) => part.startsWith(`${member}\n`))
    .map((part) => part.slice(member.length))
    .join('');
}

/** What the page says a script prints. */
function promised(script: string): string[] {
  return [...script.matchAll(/^#> (.*)$/gm)].map(([, line = '']) => line);
}

/** Runs a script as that member's builder; what it printed, without the tag. */
async function build(world: World, member: string, script: string): Promise<string[]> {
  const folder = join(world.folder, `build of ${member}`);
  mkdirSync(folder);
  // A store path's hash part is its socket's name, and here a member's name is.
  const out = `/nix/store/${member}-${member}`;
  const text = script.replaceAll(rendezvousFolder, world.folder);
  const child = spawn('/bin/sh', ['-euc', text], {
    cwd: folder,
    env: { PATH: process.env['PATH'], out },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    world.rendezvous.noteLine(member, line);
    if (!line.startsWith('dispatch-tag-')) printed.push(line);
  }
  expect(await exit).toEqual([0, null]);
  return printed;
}

const pair = {
  group: 'ping',
  id: '0123456789abcdef',
  members: [
    { name: 'client', role: 'client', host: 'lab-b' },
    { name: 'server', role: 'server', host: 'lab-a' },
  ],
};

test("the page's examples do and print what it says", async () => {
  const world = await startWorld({}, 20_000, pair);
  const [beginning = '', ...others] = examples('sh');
  const scripts = pair.members.map(({ name }) => ({ name, script: partsOf(name, others) }));
  const printed = await Promise.all(
    scripts.map(({ name, script }) => build(world, name, beginning + script)),
  );
  expect(printed).toEqual(scripts.map(({ script }) => promised(script)));
  expect(new Set(world.calls.map(({ call }) => call)).size).toBe(10);
});

test("the page's Python does what it says", async () => {
  const [beginning = ''] = examples('sh');
  const [python = ''] = examples('python');
  const world = await startWorld({}, 20_000, {
    ...pair,
    members: [{ name: 'client', role: 'client', host: 'lab-b' }],
  });
  const script = join(world.folder, 'member.py');
  writeFileSync(script, python);
  expect(await build(world, 'client', `${beginning}python3 '${script}'`)).toEqual(promised(python));
});

test("the page's limits are those that hold", () => {
  const rows = page.matchAll(/^\| (\S.*?) +\| ([\d,]+) +\|$/gm);
  const told = [...rows].map(([, , number = '']) => Number(number.replaceAll(',', '')));
  const limits = defaultLimits;
  expect(told).toEqual([
    limits.messageBytes,
    limits.messages,
    limits.allMessageBytes,
    limits.fileBytes,
    limits.files,
    limits.allFileBytes,
    limits.barriers,
    limits.calls,
    limits.headerBytes,
    limits.connections,
    limits.proofMs / 1000,
    limits.transferMs / 1000,
  ]);
});
