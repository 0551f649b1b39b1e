import * as z from 'zod';
import type { Version } from './version.ts';

/**
 * The first message of either side, which every version understands: of a command, then of the
 * coordinator.
 */
export const helloSchema: z.ZodType<Hello> = z
  .strictObject({
    type: z.literal('hello'),
    version: z
      .strictObject({
        release: z.string().max(64).describe('As `dispatch --version` prints it.'),
        builtAt: z.number().describe('Unix milliseconds; tells two builds of one release apart.'),
      })
      .describe('Which dispatch it is.'),
  })
  .describe('The first message of a command.');

export interface Hello {
  readonly type: 'hello';
  readonly version: Version;
}
