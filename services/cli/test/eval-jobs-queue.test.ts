import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { assertAttached, jobsFile } from '../src/eval-jobs/eval-jobs-flag.ts';
import { JobQueue, pauseAfter } from '../src/eval-jobs/job-queue.ts';

function job(attr: string) {
  return { type: 'job', attr, drvPath: `/nix/store/${'0'.repeat(32)}-a.drv` as StorePath } as const;
}

test('jobs that come meanwhile are taken together; nothing that came is lost at the end', async () => {
  const queue = new JobQueue();
  const first = queue.take();
  queue.add(job('a'));
  expect(await first).toEqual([job('a')]);
  queue.add(job('b'));
  queue.add(job('c'));
  queue.close();
  expect(queue.closed.aborted).toBe(true);
  expect(await queue.take()).toEqual([job('b'), job('c')]);
  expect(await queue.take()).toBeUndefined();
});

test('a taker that waits is told of the end', async () => {
  const queue = new JobQueue();
  const first = queue.take();
  queue.close();
  expect(await first).toBeUndefined();
});

test('an evaluation of an hour makes hundreds of batches, and the first ones come at once', () => {
  let batches = 0;
  for (let at = 100; at < 3_600_000; at += pauseAfter(at)) batches += 1;
  expect(batches).toBeLessThan(400);
  expect(pauseAfter(0)).toBe(0);
  expect(pauseAfter(3_600_000)).toBeLessThanOrEqual(10_000);
});

test('where the jobs come from, and what does not go with them', () => {
  expect(jobsFile([], {})).toBeUndefined();
  expect(jobsFile([], { evalJobs: true })).toBe('-');
  expect(jobsFile([], { evalJobs: 'jobs.jsonl', store: 'daemon' })).toBe('jobs.jsonl');
  const flags = [
    { file: '.' },
    { expr: '1' },
    { attr: ['a'] },
    { argstr: ['a=b'] },
    { include: ['.'] },
  ];
  for (const other of [...flags, { impure: true }, { overrideInput: ['a=b'] }]) {
    expect(() => jobsFile([], { evalJobs: true, ...other })).toThrow(/leave out roots/);
  }
  expect(() => jobsFile(['.#a'], { evalJobs: true })).toThrow(/leave out roots/);
  expect(() => assertAttached({ link: true, detach: true })).toThrow(/--detach/);
});
