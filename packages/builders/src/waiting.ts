import { cancelled } from './errors.ts';

/**
 * Waits for something that goes on by itself when the caller gives up waiting. Throws `cancelled`
 * when the signal is aborted first.
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<T> {
  if (signal === undefined) return promise;
  let giveUp: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(cancelled(signal, doing));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (giveUp !== undefined) signal.removeEventListener('abort', giveUp);
  }
}

/** Aborted when either of two signals is; to be ended, since one of them may live much longer. */
export interface EitherSignal {
  readonly signal: AbortSignal;
  end(): void;
}

/** For what is given up for one of two reasons. */
export function eitherOf(one: AbortSignal, other: AbortSignal | undefined): EitherSignal {
  const controller = new AbortController();
  const sources = other === undefined ? [one] : [one, other];
  const follow = (): void => controller.abort(sources.find(({ aborted }) => aborted)?.reason);
  for (const source of sources) source.addEventListener('abort', follow, { once: true });
  if (sources.some(({ aborted }) => aborted)) follow();
  return {
    signal: controller.signal,
    end: () => {
      for (const source of sources) source.removeEventListener('abort', follow);
    },
  };
}
