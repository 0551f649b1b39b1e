import type { BuildOptions } from 'esbuild';

/** What libraries in CommonJS expect to find. */
const commonJs = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url), __dirname = import.meta.dirname;`;

/** How a program of ours becomes a few files for Node. */
export const asCommand: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // These look for files beside their own: native code, or a worker's.
  external: ['lmdb', 'msgpackr', 'pino', 'cpu-features', '*.node'],
  banner: { js: commonJs },
  logLevel: 'warning',
};
