/**
 * Does several things at once. The first that fails stops the others, by the signal that each is
 * given, and nothing of it goes on once this has returned or thrown.
 */
export async function together<Result>(
  works: readonly ((signal: AbortSignal) => Promise<Result>)[],
  signal: AbortSignal,
): Promise<Result[]> {
  const all = new AbortController();
  const stop = (): void => all.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const begun = works.map((work) => work(all.signal));
  try {
    return await Promise.all(begun);
  } catch (error) {
    all.abort(error);
    throw error;
  } finally {
    await Promise.allSettled(begun);
    signal.removeEventListener('abort', stop);
  }
}
