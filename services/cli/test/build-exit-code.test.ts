import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import { expect, test } from 'vitest';
import { exitCodeOfFailures } from '../src/build/exit-code.ts';

function failed(status: BuildStatus, message = ''): StepResult {
  return { type: 'failed', builder: 'b', attempt: 1, status, message };
}

const wrongHash = failed('OutputRejected', 'hash mismatch in fixed-output derivation');
const lost: StepResult = { type: 'faults-exhausted', faults: [] };

// What nix-build of Nix 2.8 and of 2.34 end with; the end-to-end tests ask the real one.
test.each([
  [100, [failed('PermanentFailure')]],
  [100, [failed('InputRejected'), failed('TransientFailure')]],
  [1, [failed('OutputRejected', 'output is not allowed to refer to')]],
  [1, [failed('TransientFailure')]],
  [1, [failed('LogLimitExceeded')]],
  [101, [failed('TimedOut')]],
  [102, [wrongHash]],
  [103, [wrongHash, failed('TimedOut')]],
  [104, [failed('NotDeterministic')]],
  [108, [failed('NotDeterministic'), failed('PermanentFailure')]],
  [100, [lost, failed('PermanentFailure'), { type: 'dependency-failed', cause: 'x' }]],
  [1, [lost, { type: 'unsupported', obstacles: [] }]],
] as [number, StepResult[]][])('%d', (expected, results) => {
  const byStep = new Map(
    results.map((result, index) => [`/nix/store/${index}` as StorePath, result]),
  );
  expect(exitCodeOfFailures(byStep)).toBe(expected);
});
