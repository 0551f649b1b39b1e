import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '..');
const programs = join(checkout, 'node_modules', '.bin');
const program = (name: string): string => join(programs, name);
/** The PATH of `npm run`: oxlint looks for its type-aware half there. */
const env = { ...process.env, PATH: `${programs}:${process.env['PATH']}` };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-checks-'));
  for (const config of ['.oxlintrc.json', 'biome.json', '.gitignore', 'tsconfig.base.json']) {
    cpSync(join(checkout, config), join(folder, config));
  }
  write('tsconfig.json', '{ "extends": "./tsconfig.base.json", "include": ["src"] }\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

const good = `/** Waits for nothing. */
export async function settle(): Promise<void> {
  await Promise.resolve();
}
`;

describe('the linter', () => {
  const bad = {
    'typescript(no-floating-promises)': 'export function f(): void {\n  Promise.resolve(1);\n}\n',
    'typescript(no-misused-promises)':
      'export function f(): void {\n  if (Promise.resolve(true)) throw new Error("x");\n}\n',
    'typescript(no-explicit-any)': 'export const x: any = 1;\n',
    'typescript(no-non-null-assertion)':
      'export function f(x: string[]): string {\n  return x.at(0)!;\n}\n',
    'eslint(max-lines)': Array.from({ length: 401 }, (_, i) => `export const x${i} = 1;\n`).join(
      '',
    ),
    'eslint(max-lines-per-function)': `export function f(): number {\n  let x = 0;\n${'  x += 1;\n'.repeat(60)}  return x;\n}\n`,
  };

  test('passes good code', async () => {
    write('src/good.ts', good);
    expect(await lint()).toMatchObject({ code: 0 });
  });

  test.each(Object.entries(bad))('fails on %s', async (rule, text) => {
    write('src/bad.ts', text);
    const { code, output } = await lint();
    expect(output).toContain(rule);
    expect(code).not.toBe(0);
  });
});

describe('the formatter', () => {
  test('passes what it formatted itself', async () => {
    write('src/good.ts', good);
    expect(await run(program('biome'), 'check', 'src')).toMatchObject({ code: 0 });
  });

  test('fails on what it would write otherwise', async () => {
    write('src/bad.ts', 'export const x = "double quotes"\n');
    const { code, output } = await run(program('biome'), 'check', 'src');
    expect(output).toContain('Formatter would have printed');
    expect(code).not.toBe(0);
  });
});

describe('the layer check', () => {
  beforeEach(() => {
    definePackage('nix', []);
    definePackage('graph', ['nix']);
  });

  test('passes imports that go downward', async () => {
    write(
      'packages/graph/src/node.ts',
      "import { a } from '@dispatch/nix/a';\nexport const b = a;\n",
    );
    expect(await runCheck('layers.ts')).toMatchObject({ code: 0 });
  });

  const bad = {
    'imports @dispatch/graph, which is not below packages/nix': {
      'packages/nix/src/a.ts': "import { b } from '@dispatch/graph/b';\nexport const a = b;\n",
    },
    'reaches out of its package with ../../graph/src/b.ts': {
      'packages/nix/src/a.ts': "import { b } from '../../graph/src/b.ts';\nexport const a = b;\n",
    },
    'a pure package may not use node:fs': {
      'packages/nix/src/a.ts':
        "import { readFileSync } from 'node:fs';\nexport { readFileSync };\n",
    },
    'a pure package may not use Date.now(': {
      'packages/nix/src/a.ts': 'export const now = Date.now();\n',
    },
    'package.json: names nix, which the sources do not import': {
      'packages/graph/src/b.ts': 'export const b = 1;\n',
    },
    'packages/new: has no place in infra/check/layer-table.ts': {
      'packages/new/src/a.ts': 'export const a = 1;\n',
    },
  };

  test.each(Object.entries(bad))('fails: %s', async (message, files) => {
    for (const [path, text] of Object.entries(files)) write(path, text);
    const { code, output } = await runCheck('layers.ts');
    expect(output).toContain(message);
    expect(code).not.toBe(0);
  });
});

test('the house rules fail on a name that says nothing and on an unexplained export', async () => {
  write('packages/nix/src/utils.ts', good);
  write('packages/nix/src/plain.ts', 'export function f(): void {}\n');
  const { code, output } = await runCheck('house-rules.ts');
  expect(output).toContain('packages/nix/src/utils.ts: its name does not say what is in it');
  expect(output).toContain('packages/nix/src/plain.ts:1: no comment says what f is for');
  expect(code).not.toBe(0);
});

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly output: string;
}

function run(file: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

function lint(): Promise<Outcome> {
  return run(program('oxlint'), '--type-aware', '--deny-warnings');
}

function runCheck(name: string): Promise<Outcome> {
  return run(program('tsx'), join(checkout, 'infra', 'check', name));
}

function definePackage(name: string, uses: readonly string[]): void {
  const dependencies = Object.fromEntries(uses.map((one) => [`@dispatch/${one}`, '0.1.0']));
  const references = uses.map((one) => ({ path: `../${one}` }));
  write(`packages/${name}/package.json`, JSON.stringify({ dependencies }));
  write(`packages/${name}/tsconfig.json`, JSON.stringify({ references }));
}

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
