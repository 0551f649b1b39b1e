import { join } from 'node:path';
import { makeCommand } from './make-command.ts';

/**
 * Puts the compiled command into a few files, beside the many of the compiler: Node takes most of a millisecond
 * of processor time to load a module, and a build has three hundred. `bin/dispatch` chooses.
 */
const cli = join(import.meta.dirname, '../../services/cli');
const world = join(import.meta.dirname, 'rehearsal');
/** The output of the one is in the rehearsals' store, that of the other is not. */
const done = '/nix/store/fircisx0a2lp99li6rvj4n4r2vvy405h-rehearsal.drv';
const open = '/nix/store/6cm0jb477mf7calxx6095fbm5gnk6glm-input.drv';

await makeCommand({
  entry: join(cli, 'dist/start.js'),
  apart: ['whole.js', 'main.js', 'done.js', 'coordinator/start-ahead.js'],
  folder: join(cli, 'bundle'),
  name: `main-${process.version}`,
  world,
  rehearsals: (machine) => [
    ['build', done, '--no-link'],
    ['build', open, '--no-link', '--builders', machine],
    ['builders', '--builders', machine],
    ['rewrite', done, '--drvs', world, '--serials', join(world, 'serials.json')],
  ],
  server: { words: ['serve'], socket: 'dispatch/ledger/coordinator/socket' },
});
