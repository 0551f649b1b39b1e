/** Seconds in which a builder that greeted us must say what it holds, of many paths, or builds. */
const answerSeconds = 60;

/** The signal, aborted also once a builder has had the time that it gets to answer. */
export function answerLimit(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(answerSeconds * 1000)]);
}
