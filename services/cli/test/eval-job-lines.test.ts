import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommandError } from '../src/errors.ts';
import type { EvalJob } from '../src/eval-jobs/eval-job.ts';
import { readEvalJobs } from '../src/eval-jobs/read-eval-jobs.ts';

const drvPath = `/nix/store/${'0'.repeat(32)}-a.drv`;

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function jobsIn(text: string, size = 1 << 16): Promise<EvalJob[]> {
  const jobs: EvalJob[] = [];
  for await (const job of readEvalJobs(inPieces(Buffer.from(text), size), 'here')) jobs.push(job);
  return jobs;
}

test('lines of several versions of nix-eval-jobs, however they are cut', async () => {
  const text = [
    // 2.9
    `{"attr":"a","attrPath":["a"],"drvPath":"${drvPath}","name":"a","outputs":{"out":"/x"},"system":"s"}`,
    '',
    `{"attr":"b","attrPath":["b"],"error":"error: no"}`,
    // 2.24 and later, with --check-cache-status, --meta and --constituents
    `{"attr":"c.d","attrPath":["c","d"],"cacheStatus":"notBuilt","constituents":[],"drvPath":"${drvPath}",` +
      `"inputDrvs":{},"isCached":false,"meta":{"broken":false},"name":"a","neededBuilds":["${drvPath}"],` +
      `"neededSubstitutes":[],"outputs":{"out":null},"requiredSystemFeatures":[],"system":"s"}`,
    `{"attr":"all","attrPath":["all"],"drvPath":"${drvPath}","error":"x: does not exist\\n","name":"a"}\n`,
  ].join('\n');
  const all = [
    { type: 'job', attr: 'a', drvPath },
    { type: 'failed', attr: 'b', message: 'error: no' },
    { type: 'job', attr: 'c.d', drvPath },
    { type: 'failed', attr: 'all', message: 'x: does not exist\n' },
  ];
  for (const size of [1, 7, 100, 10_000]) expect(await jobsIn(text, size)).toEqual(all);
  expect(await jobsIn(text.trimEnd())).toEqual(all);
});

test('what is no job is refused, with its line', async () => {
  const refusals = [
    ['{"attr":"a","drvPa', /^line 2 of here .* it is not JSON, or cut off/],
    ['error: oops\n', /^line 2 of here .*: error: oops$/],
    ['[]\n', /^line 2 of here .*: it: /],
    ['{"attr":3}\n', /^line 2 of here .*: attr: /],
    ['{"attr":"a"}\n', /neither a drvPath nor an error/],
    ['{"attr":"a","drvPath":"/nix/store/../etc/x.drv"}\n', /no derivation in \/nix\/store: /],
    [`{"attr":"a","drvPath":"${drvPath.slice(0, -4)}"}\n`, /no derivation in/],
    [
      `{"attr":"${'x'.repeat(17 * 1024 * 1024)}"}\n`,
      /^line 2 of here is longer than 16777216 bytes/,
    ],
  ] as const;
  for (const [text, reason] of refusals) {
    await expect(jobsIn(`{"attr":"b","error":"no"}\n${text}`)).rejects.toThrow(reason);
  }
});

test('whatever comes, jobs are derivations in the store, and errors are of the kind we tell', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
      const found = await jobsIn(text).catch((error: CommandError) => [error.code]);
      expect(found.filter((one) => one !== 'bad-file')).toEqual([]);
    }),
  );
});
