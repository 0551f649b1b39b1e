import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { exercisedNixVersions } from '../farm/nix-version.ts';

/**
 * Reports the run in a few plain lines: counts, what was skipped and why, and which versions of Nix took part.
 */
export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((one) => one.result().state === 'passed').length;
    const failed = tests.filter((one) => one.result().state === 'failed').length;
    const broken = modules.flatMap((module) => module.errors()).length + unhandled.length;
    for (const line of skipped(tests)) print(line);
    print(`Nix versions exercised: ${exercisedNixVersions().join(', ') || 'none'}`);
    print(`${passed} passed, ${failed + broken} failed`);
  }
}

function skipped(tests: readonly TestCase[]): string[] {
  return tests.flatMap((test) => {
    const result = test.result();
    if (result.state !== 'skipped') return [];
    return [`skipped: ${test.fullName}${result.note ? ` (${result.note})` : ''}`];
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
