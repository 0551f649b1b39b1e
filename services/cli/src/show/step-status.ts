import type { StepResult } from '@dispatch/scheduler/result';
import { type FeaturesByBuilder, refusalTexts } from './obstacles.ts';

/** What became of a step, in one word. */
export type StepStatus =
  | 'built'
  | 'failed'
  | 'lost'
  | 'unsupported'
  | 'dependency-failed'
  | 'cancelled';

/** The status for each type of result. */
export const statuses: Readonly<Record<StepResult['type'], StepStatus>> = {
  succeeded: 'built',
  failed: 'failed',
  'faults-exhausted': 'lost',
  unsupported: 'unsupported',
  'dependency-failed': 'dependency-failed',
  'group-failed': 'dependency-failed',
  'group-lost': 'lost',
  'group-unfit': 'unsupported',
  'group-timeout': 'lost',
  cancelled: 'cancelled',
};

/** Why a step was not built, for people; null for one that was. */
export function resultMessage(result: StepResult, missing: FeaturesByBuilder): string | null {
  switch (result.type) {
    case 'failed':
      return result.message;
    case 'faults-exhausted':
      return result.faults.map(({ builder, reason }) => `${builder}: ${reason}`).join('\n');
    case 'unsupported':
      return refusalTexts(result.obstacles, missing).join('\n');
    case 'dependency-failed':
      return `${result.cause} was not built`;
    case 'group-failed':
    case 'group-lost':
      return result.reason;
    case 'group-unfit':
      return `the machines cannot hold all members of ${result.group} at once`;
    case 'group-timeout':
      return `its group waited ${result.queueMs} ms for its machines`;
    case 'cancelled':
      return result.because;
    case 'succeeded':
    default:
      return null;
  }
}
