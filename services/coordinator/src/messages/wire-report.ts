import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';

/** A run's report as plain data. */
export interface WireReport extends Omit<RunReport, 'results'> {
  readonly results: readonly (readonly [StorePath, StepResult])[];
}

/** As it is sent. */
export function toWireReport(report: RunReport): WireReport {
  return { ...report, results: [...report.results] };
}

/** As it was. */
export function fromWireReport(report: WireReport): RunReport {
  return { ...report, results: new Map(report.results) };
}
