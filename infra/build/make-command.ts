import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Not every command needs these, each in a file of its own that is loaded when it is needed. */
const apart = ['ssh2', 'zod'];

/** What lmdb and msgpackr look for their native parts with, at each start. */
const nativeLoader = 'node-gyp-build-optional-packages';

/** CommonJS starts faster than ES modules; `services/cli/bin/load.cjs` calls what such a file is. */
const header = `(function (exports, require, module, __filename, __dirname) {
const importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

export interface Command {
  /** The script that it begins with. */
  readonly entry: string;
  /** Where its files go; what else is there goes away. */
  readonly folder: string;
  /** What its first file is called. */
  readonly name: string;
  /** Words to run it with, so that V8 has compiled what they need; it may fail at what they ask for. */
  readonly rehearsals: readonly (readonly string[])[];
}

/** Puts a program of ours into a few files, which load fast on the Node that this runs on. */
export async function makeCommand({ entry, folder, name, rehearsals }: Command): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: dirname(entry),
    entryPoints: [{ in: entry, out: name }, ...apart.map((one) => ({ in: one, out: one }))],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // pino's worker looks for files beside its own.
    external: ['pino', 'cpu-features', '*.node'],
    plugins: [libraries(folder)],
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: header },
    footer: { js: '})' },
    logLevel: 'warning',
  });
  const home = mkdtempSync(join(tmpdir(), 'dispatch-rehearsal-'));
  for (const words of rehearsals) rehearse(join(folder, `${name}.cjs`), words, home);
  rmSync(home, { recursive: true });
}

function libraries(folder: string): Plugin {
  const setup: Plugin['setup'] = (made) => {
    made.onResolve({ filter: new RegExp(`^(${apart.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path}.cjs`, external: true },
    );
    // Its ES modules find native parts in ways that cannot be seen from here.
    made.onResolve({ filter: /^lmdb$/ }, ({ path, kind, resolveDir }) =>
      kind === 'require-call'
        ? undefined
        : made.resolve(path, { kind: 'require-call', resolveDir }),
    );
    made.onResolve({ filter: new RegExp(`^${nativeLoader}$`) }, ({ importer }) => {
      return { path: importer, namespace: 'native' };
    });
    made.onLoad({ filter: /./, namespace: 'native' }, ({ path }) => {
      const file = relative(folder, nativePart(path));
      return { contents: `module.exports = () => require(${JSON.stringify(file)})` };
    });
  };
  return { name: 'libraries', setup };
}

/** The file that the loader would find; looking for it costs a tenth of a start. */
function nativePart(importer: string): string {
  const require = createRequire(importer);
  const find = require(nativeLoader) as { path(folder: string): string };
  return find.path(dirname(importer).replace(/\/dist$/, ''));
}

/** Where nobody's ledger and nobody's configuration have a part in it. */
function rehearse(file: string, words: readonly string[], home: string): void {
  const program = join(import.meta.dirname, 'rehearse.cjs');
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_STATE_HOME: home,
    NIX_CONF_DIR: home,
    NIX_SSHOPTS: '-F /dev/null',
  };
  const options = { env, stdio: 'ignore' } as const;
  const { error } = spawnSync(process.execPath, [program, file, ...words], options);
  if (error !== undefined) throw error;
}
