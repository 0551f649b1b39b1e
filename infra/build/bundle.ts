import { join } from 'node:path';
import { makeCommand } from './make-command.ts';

/**
 * Puts the compiled command into a few files beside the many: Node takes most of a millisecond of
 * the processor for each module that it loads, and a build has three hundred. `bin/dispatch`
 * chooses.
 */
const cli = join(import.meta.dirname, '../../services/cli');
const world = join(import.meta.dirname, 'rehearsal');
const root = '/nix/store/fircisx0a2lp99li6rvj4n4r2vvy405h-rehearsal.drv';

await makeCommand({
  entry: join(cli, 'dist/start.js'),
  apart: ['main.js', 'coordinator/start-ahead.js'],
  folder: join(cli, 'bundle'),
  name: `main-${process.version}`,
  // No daemon is there to answer, and nothing but derivations to read.
  rehearsals: (machine) => [
    ['build', root, '--store', `unix:///nowhere?root=${world}`, '--builders', machine],
    ['builders', '--builders', machine],
    ['rewrite', root, '--drvs', world, '--serials', join(world, 'serials.json')],
  ],
  server: { words: ['serve'], socket: 'dispatch/ledger/coordinator/socket' },
});
