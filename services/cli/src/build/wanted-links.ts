import { resolve } from 'node:path';
import type { WantedLinks } from '@dispatch/coordinator/messages/build-order';
import { CommandError } from '../errors.ts';
import type { BuildFlags } from './build-flags.ts';

/** Name of the links to the results when none is given. */
const usualLink = 'result';

/** The links to make: those that are asked for; else the usual ones, if results are on this machine. Null for none. */
export function wantedLinks({ link, outLink }: BuildFlags): WantedLinks | null {
  if (!link || outLink === false) return null;
  if (outLink === '') throw new CommandError('bad-argument', 'the name of the links (-o) is empty');
  return { prefix: resolve(outLink ?? usualLink), onlyHere: outLink === undefined };
}
