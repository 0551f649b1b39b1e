import { ask } from '@dispatch/coordinator/client/ask';
import { findCoordinator } from '@dispatch/coordinator/client/reach';
import { userReach } from '../coordinator/user-reach.ts';
import { CommandError } from '../errors.ts';
import { print, printJson } from '../show/standard-output.ts';
import type { StoreFlags } from '../subjects/subject-flags.ts';
import { whyHereJson } from './why-here-json.ts';
import { whyHereLines } from './why-here-text.ts';

/** Prints where a step of a run is, or was, and why it is not elsewhere. Throws `no-run`. */
export async function explainPlace(step: string, flags: StoreFlags): Promise<void> {
  const connection = await findCoordinator(userReach(flags));
  if (connection === undefined) {
    throw new CommandError(
      'no-run',
      "no coordinator runs, and what an earlier one decided is not kept; a build, or 'dispatch watch', starts one",
    );
  }
  const { run, place } = await ask(connection, { type: 'why-here', step }, 'why-here');
  if (flags.json) printJson(whyHereJson(run, place));
  else for (const line of whyHereLines(run, place)) print(line);
}
