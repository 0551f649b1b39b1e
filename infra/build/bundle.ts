import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Puts the compiled command into a few files beside the many: Node takes most of a millisecond of
 * the processor for each module that it loads, and a build has three hundred. `bin/dispatch`
 * chooses.
 */
const cli = join(import.meta.dirname, '../../services/cli');
const folder = join(cli, 'bundle');

/** What libraries in CommonJS expect to find. */
const commonJs = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url), __dirname = import.meta.dirname;`;

rmSync(folder, { recursive: true, force: true });
await build({
  absWorkingDir: cli,
  entryPoints: ['dist/main.js'],
  outdir: folder,
  bundle: true,
  // What is loaded only when it is needed stays in files of its own.
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // These look for files beside their own: native code, or a worker's.
  external: ['lmdb', 'msgpackr', 'pino', 'cpu-features', '*.node'],
  banner: { js: commonJs },
  logLevel: 'warning',
});
