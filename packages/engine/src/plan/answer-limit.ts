/** Seconds that a builder that greeted us has to say which of many paths it holds, or what it offers. */
const answerSeconds = 60;

/** A signal that is also aborted once a builder has used up its time to answer. */
export function answerLimit(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(answerSeconds * 1000)]);
}
