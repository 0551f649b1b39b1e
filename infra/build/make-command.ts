import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, type Plugin } from 'esbuild';

/** Has a file of its own, which is loaded only by commands that need it. */
const library = 'ssh2';

/** The package with which lmdb and msgpackr look for their native parts, at each start. */
const nativeLoader = 'node-gyp-build-optional-packages';

const rehearser = join(import.meta.dirname, 'rehearse.cjs');
const sshd = join(import.meta.dirname, 'rehearsal-sshd.cjs');
const daemon = join(import.meta.dirname, 'rehearsal-daemon.cjs');
const daemonSocket = 'daemon';

/** Makes a file a function: CommonJS starts faster than ES modules, and `services/cli/bin/load.cjs` calls it. */
const header = `(function (exports, require, module, __filename, __dirname) {
const importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

export interface Command {
  /** The script that it begins with. */
  readonly entry: string;
  /** Files beside the entry that stay files of their own, whoever imports them. */
  readonly apart?: readonly string[];
  /** Where its files go; anything else in there is deleted. */
  readonly folder: string;
  /** What its first file is called. */
  readonly name: string;
  /** The folder of the store that rehearsals build for; its daemon says that it has everything. */
  readonly world?: string;
  /**
   * Arguments to run the command with, so that V8 has compiled what they need; what they ask for may fail. Given
   * the line of a machine that takes logins, but runs nothing.
   */
  readonly rehearsals: (machine: string) => readonly (readonly string[])[];
  /** The process of its own that the command talks to meanwhile, and that is rehearsed with it. */
  readonly server?: Server;
}

/** What a command talks to. */
interface Server {
  readonly words: readonly string[];
  /** It is ready once this file is in the state directory. */
  readonly socket: string;
}

/** Puts a program of ours into a few files, which load fast on the Node that this runs on. */
export async function makeCommand(command: Command): Promise<void> {
  const { entry, folder, name } = command;
  const apart = (command.apart ?? []).map((one) => join(dirname(entry), one));
  rmSync(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: dirname(entry),
    entryPoints: [
      { in: entry, out: name },
      ...[library, ...apart].map((one) => ({ in: one, out: basename(one, '.js') })),
    ],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // pino's worker looks for files beside its own.
    external: ['pino', 'cpu-features', '*.node'],
    plugins: [filesApart(new Set(apart)), libraries(folder)],
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: header },
    footer: { js: '})' },
    logLevel: 'warning',
  });
  const home = mkdtempSync(join(tmpdir(), 'dispatch-rehearsal-'));
  const file = join(folder, `${name}.cjs`);
  const environment = nobodysEnvironment(home, command.world);
  await withPeer(daemon, join(home, daemonSocket), () =>
    withMachine(home, (machine) => rehearseAll(file, command, machine, environment)),
  );
  rmSync(home, { recursive: true });
}

/** Lends a machine to log in to, by its line. */
async function withMachine(home: string, use: (machine: string) => Promise<void>): Promise<void> {
  const keyFile = join(home, 'key');
  await withPeer(sshd, keyFile, (said) => {
    const { port, hostKey } = JSON.parse(said) as { port: number; hostKey: string };
    const known = Buffer.from(hostKey).toString('base64');
    return use(`ssh-ng://nobody@127.0.0.1:${port} x86_64-linux ${keyFile} 1 1 - - ${known}`);
  });
}

/** Runs a script that says in a line when it is ready, and ends with its input. */
async function withPeer(
  script: string,
  word: string,
  use: (said: string) => Promise<void>,
): Promise<void> {
  const peer = spawn(process.execPath, [script, word], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [said] = (await once(peer.stdout, 'data')) as [Buffer];
    await use(said.toString());
  } finally {
    peer.stdin.end();
    await once(peer, 'exit');
  }
}

/**
 * With a server, rehearses twice: it keeps its cache as it ends, and then the command adds its own, so that the
 * last has all.
 */
async function rehearseAll(
  file: string,
  { rehearsals, server }: Command,
  machine: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const running = server === undefined ? undefined : await startServer(file, server, environment);
    for (const words of rehearsals(machine)) rehearse(file, words, environment);
    if (running === undefined) return;
    running.kill(signal);
    await once(running, 'exit');
  }
}

async function startServer(
  file: string,
  { words, socket }: Server,
  environment: NodeJS.ProcessEnv,
): Promise<ChildProcess> {
  const place = join(environment['HOME'] ?? '', socket);
  rmSync(place, { force: true });
  const options = { env: environment, stdio: 'ignore' } as const;
  const running = spawn(process.execPath, [rehearser, file, ...words], options);
  while (!existsSync(place) && running.exitCode === null) await sleep(20);
  return running;
}

function filesApart(files: ReadonlySet<string>): Plugin {
  const setup: Plugin['setup'] = (made) => {
    made.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) =>
      kind !== 'entry-point' && files.has(join(resolveDir, path))
        ? { path: `./${basename(path, '.js')}.cjs`, external: true }
        : undefined,
    );
  };
  return { name: 'files-apart', setup };
}

function libraries(folder: string): Plugin {
  const setup: Plugin['setup'] = (made) => {
    made.onResolve({ filter: new RegExp(`^${library}$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path}.cjs`, external: true },
    );
    // Take its CommonJS files: its ES modules find native parts in ways that cannot be seen from here.
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

/** The file that the loader would find at run time; looking for it there costs a tenth of a start. */
function nativePart(importer: string): string {
  const require = createRequire(importer);
  const find = require(nativeLoader) as { path(folder: string): string };
  return find.path(dirname(importer).replace(/\/dist$/, ''));
}

function rehearse(file: string, words: readonly string[], environment: NodeJS.ProcessEnv): void {
  const options = { env: environment, stdio: 'ignore' } as const;
  const { error } = spawnSync(process.execPath, [rehearser, file, ...words], options);
  if (error !== undefined) throw error;
}

/** An environment in which no user's ledger or configuration has a part. */
function nobodysEnvironment(home: string, world = home): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_STATE_HOME: home,
    NIX_CONF_DIR: home,
    NIX_REMOTE: `unix://${join(home, daemonSocket)}?root=${world}`,
    NIX_SSHOPTS: '-F /dev/null',
  };
}
