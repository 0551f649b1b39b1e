import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';

/**
 * Builds the demo's expression on a farm, poisons one derivation in its middle, builds again, and shows what changed and
 * what did not. To be run inside a farm (`test/farm/main.ts`), by `npm run demo`.
 */
const checkout = join(import.meta.dirname, '..', '..');
const expression = relative(process.cwd(), join(import.meta.dirname, 'demo.nix'));
const state = mkdtempSync(join(tmpdir(), 'dispatch-demo-'));
const machines = process.env['DISPATCH_FARM_MACHINES'];
if (machines === undefined) throw new Error('this runs inside a farm: npm run demo');

interface Step {
  readonly name: string;
  readonly original: string;
  readonly outputs: Readonly<Record<string, string>>;
}

interface Report {
  readonly steps: readonly Step[];
}

try {
  say('An expression with a diamond, a chain and several outputs, built on two builders:');
  const first = await build();

  const left = outputOf(first, 'left');
  say(
    "It built, but 'left' is wrong: the machine was faulty. Nix would keep the result for ever. Take it back:",
  );
  await dispatch(['poison', left, '--reason', 'built on a faulty board', '--yes']);

  say(
    'Build the same again. Only the poisoned one and what depends on it are built, under new paths:',
  );
  const second = await build();
  showChanges(first, second);

  say('Why is the image another one than Nix computed?');
  await dispatch(['explain', outputOf(second, 'image')]);
  say('And is the image that somebody still has from before any good?');
  await dispatch(['check', outputOf(first, 'image')], [3]);
  say('That was it. The farm is gone now, and so is everything that it built.');
} finally {
  rmSync(state, { recursive: true, force: true });
}

async function build(): Promise<Report> {
  const roots = ['-f', expression, '-A', 'all'];
  const printed = await dispatch(
    ['build', ...roots, '--builders', `@${machines}`, '--no-link'],
    [0],
    ['--json'],
  );
  return JSON.parse(printed) as Report;
}

/** Shows the command as a user would type it and runs it; returns what it prints for machines. */
async function dispatch(args: string[], expected = [0], unshown: string[] = []): Promise<string> {
  const shown = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`));
  process.stderr.write(`${paint('bold', `$ dispatch ${shown.join(' ')}`)}\n`);
  const child = spawn(join(checkout, 'node_modules', '.bin', 'dispatch'), [...args, ...unshown], {
    env: { ...process.env, XDG_STATE_HOME: state, DISPATCH_AUTHOR: 'you' },
    stdio: ['inherit', unshown.length > 0 ? 'pipe' : 'inherit', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (!expected.includes(code ?? -1)) throw new Error(`dispatch ${args[0]} ended with ${code}`);
  return printed;
}

function showChanges(first: Report, second: Report): void {
  const rebuilt = new Map(second.steps.map((step) => [step.original, step]));
  say('What changed, and what did not:');
  for (const before of first.steps) {
    const after = rebuilt.get(before.original);
    for (const [name, path] of Object.entries(before.outputs)) {
      const now = after?.outputs[name];
      process.stderr.write(now === undefined ? `  ${path}  kept\n` : `  ${path}\n    -> ${now}\n`);
    }
  }
}

function outputOf(report: Report, name: string): string {
  const path = report.steps.find((step) => step.name === name)?.outputs['out'];
  if (path === undefined) throw new Error(`${name} was not built`);
  return path;
}

function say(line: string): void {
  process.stderr.write(`\n${paint('cyan', line)}\n`);
}

function paint(format: 'bold' | 'cyan', line: string): string {
  const plain = !process.stderr.isTTY || (process.env['NO_COLOR'] ?? '') !== '';
  return plain ? line : styleText(format, line);
}
