import type { BuildFlags } from '../build/build-flags.ts';
import { wantsDiagnostics } from '../diagnostics.ts';
import { plainDisplay } from './plain-display.ts';
import type { RunDisplay } from './run-display.ts';

/** The live view where a terminal can show it; else a line for each thing that happens, and with `--quiet` none. */
export async function openRunDisplay(
  flags: Pick<BuildFlags, 'quiet' | 'debug' | 'printBuildLogs'>,
): Promise<RunDisplay> {
  const buildLogs = flags.printBuildLogs ?? false;
  const isPlain = (flags.quiet ?? false) || wantsDiagnostics(flags.debug) || !process.stderr.isTTY;
  if (isPlain || (process.env['TERM'] ?? 'dumb') === 'dumb') return plainDisplay(flags);
  const [{ LiveView }, { standardErrorTty }] = await Promise.all([
    import('../live/live-view.ts'),
    import('../live/tty.ts'),
  ]);
  return new LiveView(standardErrorTty(), { buildLogs, environment: process.env });
}
