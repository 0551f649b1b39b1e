import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StepLog } from '../src/execute/step-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('keeps the whole log in a file of the owner alone, in the bytes of the builder', async () => {
  const log = new StepLog(join(folder, 'run', 'a.log'), (reason) => expect.fail(reason));
  log.add('caf\u00c3\u00a9');
  log.add('\u00ff');
  await log.close();
  expect(readFileSync(log.keptFile ?? '', 'hex')).toBe('636166c3a90aff0a');
  expect(statSync(log.keptFile ?? '').mode & 0o777).toBe(0o600);
});

test('makes no file for a build that says nothing', async () => {
  const log = new StepLog(join(folder, 'run', 'a.log'), (reason) => expect.fail(reason));
  await log.close();
  expect(log.keptFile).toBeUndefined();
});

test('remembers the last lines only', async () => {
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason));
  for (let line = 1; line <= 1000; line += 1) log.add(`line ${line}`);
  await log.close();
  expect(log.lastLines).toHaveLength(25);
  expect(log.lastLines.at(-1)).toBe('line 1000');
  expect(readFileSync(log.keptFile ?? '', 'utf8').split('\n')).toHaveLength(1001);
});

test('remembers only the beginning of a line without end', async () => {
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason));
  log.add('x'.repeat(1_000_000));
  await log.close();
  expect(log.lastLines).toEqual([`${'x'.repeat(4096)}...`]);
  expect(statSync(log.file).size).toBe(1_000_001);
});

test('goes on without a file where none can be written, and says so once', async () => {
  writeFileSync(join(folder, 'file'), '');
  const faults: string[] = [];
  const log = new StepLog(join(folder, 'file', 'a.log'), (reason) => faults.push(reason));
  log.add('one');
  log.add('two');
  await log.close();
  expect(log.keptFile).toBeUndefined();
  expect(log.lastLines).toEqual(['one', 'two']);
  expect(faults).toEqual([expect.stringContaining('EEXIST')]);
});

test('keeps a log up to its limit, and says in the file how much is left out', async () => {
  const limits = { fileBytes: 1000, waitingBytes: 10_000 };
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason), limits);
  for (let line = 0; line < 1000; line += 1) log.add(`line ${line}`);
  await log.close();
  const lines = readFileSync(log.file, 'utf8').trimEnd().split('\n');
  const kept = lines.length - 1;
  expect(lines.slice(0, kept)).toEqual(Array.from({ length: kept }, (_, at) => `line ${at}`));
  expect(lines.at(-1)).toBe(
    `dispatch: ${1000 - kept} lines are left out here: a log is kept up to 1000 bytes`,
  );
  expect(statSync(log.file).size).toBeLessThan(1200);
  expect(log.lastLines.at(-1)).toBe('line 999');
});

test('holds little for a disk that is slower than the build, and goes on when it has caught up', async () => {
  const limits = { fileBytes: 1e9, waitingBytes: 100_000 };
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason), limits);
  const line = 'x'.repeat(999);
  for (let at = 0; at < 1000; at += 1) log.add(line);
  await expect.poll(() => statSync(log.file).size).toBeGreaterThan(90_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  log.add('later');
  await log.close();
  const text = readFileSync(log.file, 'utf8');
  expect(text.length).toBeLessThan(300_000);
  expect(text).toMatch(/dispatch: \d+ lines are left out here: they came faster than the disk/);
  expect(text.endsWith('\nlater\n')).toBe(true);
});

test('holds no long line for its beginning', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason), {
    fileBytes: 0,
    waitingBytes: 0,
  });
  collectGarbage();
  const before = process.memoryUsage();
  for (let at = 0; at < 20; at += 1) log.add(Buffer.alloc(10 << 20, 'x').toString('latin1'));
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  await log.close();
  expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(50 << 20);
});

test('gives back what was kept in a moment, however long a line', async () => {
  const log = new StepLog(join(folder, 'a.log'), (reason) => expect.fail(reason), {
    fileBytes: 1e9,
    waitingBytes: 1e9,
  });
  const lines = ['', 'short', 'x'.repeat(50 << 20), '', 'caf\u00c3\u00a9'];
  for (const line of lines) log.add(line);
  await log.close();
  const startedAt = performance.now();
  const kept: string[] = [];
  for await (const line of log.linesSoFar()) kept.push(line);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(kept.map(({ length }) => length)).toEqual(lines.map(({ length }) => length));
  expect(kept.every((line, at) => line === lines[at])).toBe(true);
});
