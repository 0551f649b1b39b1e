import * as z from 'zod';
import { exportFormat, exportVersion, type HeaderLine } from './export-lines.ts';
import { maximumEpoch } from './poison-record.ts';
import type { RecordLine } from './record-line.ts';
import {
  authorPattern,
  drvPathPattern,
  maximumAuthorLength,
  maximumOutputs,
  maximumPathLength,
  maximumReasonLength,
  maximumVariableLength,
  reasonPattern,
  storePathPattern,
  timePattern,
  variablePattern,
} from './record-rules.ts';

/** The first line of an export. */
export const headerLineSchema: z.ZodType<HeaderLine> = z
  .strictObject({
    format: z.literal(exportFormat),
    version: z.literal(exportVersion),
    variable: z
      .string()
      .max(maximumVariableLength)
      .regex(variablePattern)
      .describe('The environment variable that the serials go into.'),
  })
  .describe('The first line.');

/** Every other line of an export. */
export const recordLineSchema: z.ZodType<RecordLine> = z
  .strictObject({
    drvPath: z
      .string()
      .max(maximumPathLength)
      .regex(drvPathPattern, 'is not the path of a .drv file in a store')
      .describe('The original .drv path: as evaluated, before any serial went in.'),
    outputPaths: z
      .array(z.string().max(maximumPathLength).regex(storePathPattern, 'is not a store path'))
      .max(maximumOutputs)
      .describe('Its original output paths, as far as they are known without building.'),
    epoch: z
      .int()
      .min(1)
      .max(maximumEpoch)
      .describe('Place in the history of these paths; the serial, where the effect is poison.'),
    effect: z.enum(['poison', 'clear']),
    author: z
      .string()
      .min(1)
      .max(maximumAuthorLength)
      .regex(authorPattern, 'has control characters')
      .describe('Who says so; not proven by anything.'),
    time: z
      .string()
      .regex(timePattern, 'is not a time such as 2026-01-31T12:00:00.000Z')
      .refine(isRealTime, 'is not a real date')
      .describe('UTC, with milliseconds.'),
    reason: z
      .string()
      .min(1)
      .max(maximumReasonLength)
      .regex(reasonPattern, 'has control characters'),
  })
  .describe('Every other line: one poison record.');

function isRealTime(text: string): boolean {
  const milliseconds = Date.parse(text);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === text;
}
