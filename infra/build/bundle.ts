import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { asCommand } from './as-command.ts';

/**
 * Puts the compiled command into a few files beside the many: Node takes most of a millisecond of
 * the processor for each module that it loads, and a build has three hundred. `bin/dispatch`
 * chooses.
 */
const cli = join(import.meta.dirname, '../../services/cli');
const folder = join(cli, 'bundle');

rmSync(folder, { recursive: true, force: true });
await build({
  absWorkingDir: cli,
  entryPoints: ['dist/main.js'],
  outdir: folder,
  ...asCommand,
  // What is loaded only when it is needed stays in files of its own.
  splitting: true,
});
