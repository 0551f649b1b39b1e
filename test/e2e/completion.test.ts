import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '@dispatch/ledger/open-ledger';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pty } from '../terminal/pty.ts';

const programs = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
const folder = mkdtempSync(join(tmpdir(), 'dispatch-completion-'));
const bad = `/nix/store/${'1'.repeat(32)}-bad-thing-1.0.drv` as StorePath;
const good = `/nix/store/${'2'.repeat(32)}-good-thing-1.0.drv` as StorePath;

const env = {
  HOME: folder,
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CONFIG_HOME: folder,
  PATH: `${programs}:${process.env['PATH']}`,
  NIX_CONF_DIR: folder,
};

beforeAll(async () => {
  writeFileSync(join(folder, 'serials.json'), '{}');
  mkdirSync(join(folder, 'with a blank'));
  writeFileSync(join(folder, 'package.drv'), '');
  writeFileSync(join(folder, 'machines'), 'ssh-ng://me@builder-1 x86_64-linux\n');
  mkdirSync(join(folder, 'state', 'dispatch'), { recursive: true });
  const ledger = await openLedger(`lmdb:${join(folder, 'state', 'dispatch', 'ledger')}`);
  const identity = { drvPath: bad, outputPaths: [] };
  const about = { author: 'ann', time: 1, reason: 'bad' };
  await ledger.poison.append({ identity, effect: 'poison', ...about }, { above: 0 });
  await ledger.runs.begin({ id: '20260101T000000-abcdef01', startedAt: 1, roots: [] });
  const built = { status: 'built', builder: 'one', durationMs: 1, logFile: undefined } as const;
  const kind = { name: 'thing', system: 's', outputs: [] };
  const steps = [bad, good].map((path) => ({ original: path, rewritten: path }));
  await ledger.runs.recordSteps(
    '20260101T000000-abcdef01',
    steps.map((step) => ({ ...step, ...kind, ...built })),
  );
  await ledger.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

const shells = {
  bash: {
    start: "PS1='> ' bash --norc --noprofile -i",
    load: 'source <(dispatch completion bash)',
  },
  zsh: {
    start: "PS1='> ' zsh -f -i",
    load: 'autoload -U compinit; compinit -u -D; source <(dispatch completion zsh)',
  },
  fish: {
    start: 'fish --no-config -i -C \'function fish_prompt; echo -n "> "; end\'',
    load: 'dispatch completion fish | source',
  },
} as const;

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  let pty: Pty;

  beforeAll(async () => {
    const { start, load } = shells[shell];
    pty = new Pty(start, { env, folder, columns: 150 });
    await pty.shows(/> *$/);
    pty.type(`${load}; echo lo''aded\r`);
    await pty.shows(/^loaded\n> *$/m);
  });

  afterAll(() => pty.close());

  test.each([
    ['a command', 'dispatch pois', 'dispatch poison'],
    ['a command of a command', 'dispatch ledger imp', 'dispatch ledger import'],
    ['an option', 'dispatch build --no-l', 'dispatch build --no-link'],
    ['a file', 'dispatch rewrite --serials ser', 'dispatch rewrite --serials serials.json'],
    ['a .drv file', 'dispatch build ./pack', 'dispatch build ./package.drv'],
    ['a word', 'dispatch completion zs', 'dispatch completion zsh'],
    ['what is poisoned', 'dispatch clear /nix/store/111', `dispatch clear ${bad}`],
    ['what was built, by its name', 'dispatch log good', `dispatch log ${good}`],
    ['a run', 'dispatch log --run 2026', 'dispatch log --run 20260101T000000-abcdef01'],
    [
      'a machine',
      'dispatch build --builders ssh',
      'dispatch build --builders ssh-ng://me@builder-1',
    ],
    [
      'a machine by its name',
      'dispatch builders drain ssh',
      'dispatch builders drain ssh-ng://me@builder-1',
    ],
  ])('%s', async (_, typed, expected) => {
    // Control-U first clears the line.
    pty.type(`\u0015${typed}\t`);
    const literal = expected.replaceAll('.', String.raw`\.`);
    expect(await pty.shows(new RegExp(`^> ${literal} *$`, 'm'))).not.toContain('rror');
  });

  test('a folder with blanks in its name', async () => {
    pty.type('\u0015dispatch rewrite --drvs wit\t');
    expect(await pty.shows(/^> dispatch rewrite --drvs with\\ a\\ blank\/ *$/m)).not.toContain(
      'rror',
    );
  });
});
