import { cancelled } from './errors.ts';

/**
 * Waits for a promise until the signal is aborted; the work behind the promise goes on regardless.
 * Throws `cancelled`, with `doing` in its message, when the signal comes first.
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

/** Aborted when either of two signals is. Must be ended: one of them may live much longer. */
export interface EitherSignal {
  readonly signal: AbortSignal;
  end(): void;
}

/** Combines two signals into one. */
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
