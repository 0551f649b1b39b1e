import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { commands } from '../src/command-table.ts';
import { commandShapes } from '../src/completion/command-shape.ts';
import { folded } from '../src/show/help-text.ts';

async function helpOf(name: string): Promise<Map<string, string>> {
  const command = new Command('dispatch').command(name);
  (await commands[name]!.load()).define(command);
  const texts = new Map<string, string>();
  for (const one of [command, ...command.commands]) {
    let text = '';
    one.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
    texts.set(one === command ? name : `${name} ${one.name()}`, text);
  }
  return texts;
}

test.each(Object.keys(commands))(
  '%s --help fits a terminal, and its examples are true',
  async (name) => {
    const shapes = await commandShapes();
    for (const [path, text] of await helpOf(name)) {
      expect(text.split('\n').filter((line) => /^\S/.test(line) && line.length > 80)).toEqual([]);
      const examples = [...text.matchAll(/\bdispatch ([a-z]+(?: [a-z]+)?)([^|&\n]*)/g)];
      expect(examples.some(([, words = '']) => words.startsWith(path))).toBe(true);
      for (const [, words = '', rest = ''] of examples) {
        const shape =
          shapes.find((one) => one.path === words) ??
          shapes.find((one) => one.path === words.split(' ')[0]);
        const flags = shape?.options.flatMap((option) => option.flags);
        for (const [flag] of rest.matchAll(/(?<= )--?[a-z][a-z-]*/gi))
          expect(flags).toContain(flag);
      }
    }
  },
);

const silent = new Set([
  'builders drain',
  'builders skip',
  'builders resume',
  'cancel',
  'group library',
  'serve',
  'completion',
]);

test('all commands have --json but those that the page names, and it names those that it leaves out', async () => {
  const page = readFileSync(new URL('../../../docs/json.md', import.meta.url), 'utf8');
  const [start = '', ...sections] = page.split(/^## /m);
  const headings = sections.map((text) => text.split('\n', 1).join());
  for (const { path, options, subcommands } of await commandShapes()) {
    const hasJson = options.some(({ flags }) => flags.includes('--json'));
    if (!hasJson && subcommands.length > 0) continue;
    expect({ path, hasJson }).toEqual({ path, hasJson: !silent.has(path) });
    expect([...headings, start].join('\n')).toMatch(RegExp(`^dispatch ${path}$|\`${path}\``, 'm'));
  }
});

function called(words: readonly string[]): SpawnSyncReturns<string> {
  const program = new URL('../bin/dispatch', import.meta.url).pathname;
  return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
}

test.each([[], ['builders'], ['ledger', 'show']])('help %s %s is what --help says', (...words) => {
  const { status, stdout, stderr } = called(['help', ...words]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`Usage: ${['dispatch', ...words].join(' ')} [options]`);
});

test.each([
  ['status', '--nosuch'],
  ['builders', '--nosuch'],
  ['builders', 'drain', 'x', '--nosuch'],
  ['ledger', 'list', '--nosuch'],
])('what is wrong with the words of %s %s: where to look', (...words) => {
  const { status, stderr } = called(words);
  const named = words.filter((word) => word !== 'x' && word !== '--nosuch').join(' ');
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `dispatch: unknown option '--nosuch'; see dispatch ${named} --help\n`,
  });
});

test('prose is filled to the room that there is; what is indented stays', () => {
  const text = '\nOne two three\nfour five\n  indented and longer than that\nsix\n\nseven';
  expect(folded(text, 9).split('\n')).toEqual([
    '',
    'One two',
    'three',
    'four five',
    '  indented and longer than that',
    'six',
    '',
    'seven',
  ]);
});
