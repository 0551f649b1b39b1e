import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';

/** Bits of Nix's own exit code for failed builds: 100 to 111, or 1 when no build itself failed. */
const anyFailure = 0x60;
const buildFailed = 0x04;
const hashMismatch = buildFailed | 0x02;
const bitsOfStatus: Partial<Record<BuildStatus, number>> = {
  PermanentFailure: buildFailed,
  InputRejected: buildFailed,
  TimedOut: buildFailed | 0x01,
  NotDeterministic: 0x08,
};

/**
 * The exit code that `nix-build` has for the same failures: 100 for a builder that failed, 101 timed
 * out, 102 wrong hash, 104 not deterministic, several of them OR-ed. Anything else is 1, also, as for
 * Nix, a fixed-output derivation whose builder failed and an output that was rejected.
 */
export function exitCodeOfFailures(results: ReadonlyMap<StorePath, StepResult>): number {
  let mask = 0;
  for (const result of results.values()) {
    if (result.type === 'failed') mask |= bitsOf(result.status, result.message);
  }
  return mask === 0 ? 1 : mask | anyFailure;
}

function bitsOf(status: BuildStatus, message: string): number {
  if (status === 'OutputRejected') return message.includes('hash mismatch') ? hashMismatch : 0;
  return bitsOfStatus[status] ?? 0;
}
