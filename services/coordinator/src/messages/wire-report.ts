import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';

/** A run's report as plain data. */
export interface WireReport extends Omit<RunReport, 'results'> {
  readonly results: readonly (readonly [StorePath, StepResult])[];
}

/** The report as it is sent. */
export function toWireReport(report: RunReport): WireReport {
  return { ...report, results: [...report.results] };
}

/** The report as it was before it was sent. */
export function fromWireReport(report: WireReport): RunReport {
  return { ...report, results: new Map(report.results) };
}
