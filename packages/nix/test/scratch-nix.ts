import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFarmFolder, removeFarmFolder } from '../../../test/farm/farm-folder.ts';
import { nixOf, searchPath } from '../../../test/farm/installed-nix.ts';

/** The real Nix tools, on a store of their own that goes away with the test. */
export interface ScratchNix {
  readonly folder: string;
  /** Runs a tool; gives what it prints, and throws with its messages when it fails. */
  run(tool: string, args: readonly string[], input?: Uint8Array): Buffer;
  /** The same for tools that print a line. */
  line(tool: string, ...args: readonly string[]): string;
  /** Writes a file into the folder; gives its path. */
  file(name: string, content: Uint8Array | string): string;
  remove(): void;
}

const configuration = `
build-users-group =
substituters =
experimental-features = nix-command ca-derivations
`;

/** The tools of a version such as `2.26`; without one those of the machine's own Nix. */
export function openScratchNix(version?: string): ScratchNix {
  const folder = makeFarmFolder();
  const env = environmentIn(folder, version);
  const run = (tool: string, args: readonly string[], input?: Uint8Array): Buffer => {
    const { status, stdout, stderr, error } = spawnSync(tool, args, {
      env,
      input,
      maxBuffer: 2 ** 28,
    });
    if (status === 0) return stdout;
    throw new Error(`${tool} ${args.join(' ')}: ${error?.message ?? stderr.toString()}`);
  };
  return {
    folder,
    run,
    line: (tool, ...args) => run(tool, args).toString().trimEnd(),
    file: (name, content) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    remove: () => removeFarmFolder(folder),
  };
}

function environmentIn(folder: string, version?: string): NodeJS.ProcessEnv {
  const etc = join(folder, 'etc');
  mkdirSync(etc);
  writeFileSync(join(etc, 'nix.conf'), configuration);
  return {
    PATH: searchPath(nixOf(version), process.env['PATH']),
    HOME: folder,
    NIX_REMOTE: `local?root=${join(folder, 'root')}`,
    NIX_CONF_DIR: etc,
  };
}
