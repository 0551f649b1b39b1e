import { LineReader } from '@dispatch/coordinator/wire/line-reader';
import { CommandError } from '../errors.ts';
import { type EvalJob, parseEvalJob } from './eval-job.ts';

/** Most bytes of a line, which holds all of a package's `meta` and the paths of all that it still needs. */
const longestLine = 16 * 1024 * 1024;

/**
 * The jobs in what nix-eval-jobs writes, one a line, each as soon as its line is there. `name` says
 * where they come from. Throws `bad-file`, naming the line.
 */
export async function* readEvalJobs(
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<EvalJob> {
  const reader = new LineReader(longestLine);
  let number = 0;
  for await (const chunk of chunks) {
    for (const text of linesOf(reader, chunk, () => placeOf(number + 1, name))) {
      number += 1;
      if (text.trim() !== '') yield parseEvalJob(text, placeOf(number, name));
    }
  }
  const rest = reader.rest();
  if (rest !== undefined) yield parseEvalJob(rest, placeOf(number + 1, name));
}

function* linesOf(reader: LineReader, chunk: Buffer, place: () => string): Generator<string> {
  try {
    yield* reader.take(chunk);
  } catch (cause) {
    const text = `${place()} is longer than ${longestLine} bytes, and no job of nix-eval-jobs`;
    throw new CommandError('bad-file', text, cause);
  }
}

function placeOf(number: number, name: string): string {
  return `line ${number} of ${name}`;
}
