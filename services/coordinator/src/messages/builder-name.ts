import * as z from 'zod';

/** What a builder may be called. */
export const builderName: z.ZodType<string> = z.string().min(1).max(4096);
