import * as z from 'zod';
import type { Version } from './version.ts';

/**
 * The first message on a connection, from the command; every version understands it. The
 * coordinator answers with its own hello.
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
