import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Sibling packages are tested from their sources: no build is needed first, and none can be stale. */
const conditions = ['dispatch-source', 'node', 'import', 'default'];

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    globalSetup: ['test/run/leak-check.ts'],
    reporters: ['default', './test/run/closing-lines.ts'],
    // One process a file: a farm's daemons die with the process that started them.
    pool: 'forks',
    // Test files mostly wait for daemons: one at a time would leave two processors half idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For tests that are marked as concurrent: those wait for time-outs.
    maxConcurrency: 10,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'services/*/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
