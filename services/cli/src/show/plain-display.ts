import type { BuildFlags } from '../build/build-flags.ts';
import { machineName } from './machine-name.ts';
import { Progress } from './progress.ts';
import type { RunDisplay } from './run-display.ts';
import { standardError } from './terminal.ts';

/** A display that prints a line for each thing that happens, and with `--quiet` none. */
export function plainDisplay({
  quiet,
  printBuildLogs: buildLogs = false,
}: Pick<BuildFlags, 'quiet' | 'printBuildLogs'>): RunDisplay {
  const terminal = standardError();
  const progress = new Progress(terminal, { buildLogs, starts: true, machineName });
  return {
    ...terminal,
    show: (event) => (quiet ? undefined : progress.show(event)),
    end: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
