import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';

/** Bits of Nix's own exit code for failed builds: 100 to 111, or 1 when no build itself failed. */
const anyFailure = 0x60;
const bits = { buildFailed: 0x04, timedOut: 0x01, hashMismatch: 0x02, notDeterministic: 0x08 };

/**
 * The exit code that `nix-build` has for the same failures: 100 for a failed build, 101 timed out,
 * 102 wrong hash, 104 not deterministic, several of them OR-ed; 1 for anything else.
 */
export function exitCodeOfFailures(results: ReadonlyMap<StorePath, StepResult>): number {
  let mask = 0;
  for (const result of results.values()) {
    if (result.type === 'failed') mask |= bitsOf(result.status, result.message);
  }
  return mask === 0 ? 1 : mask | anyFailure;
}

function bitsOf(status: BuildStatus, message: string): number {
  if (status === 'NotDeterministic') return bits.notDeterministic;
  if (status === 'TimedOut') return bits.buildFailed | bits.timedOut;
  const isMismatch = status === 'OutputRejected' && message.includes('hash mismatch');
  return isMismatch ? bits.buildFailed | bits.hashMismatch : bits.buildFailed;
}
