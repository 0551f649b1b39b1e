/**
 * A question that is asked once, for all who want to know: by whoever comes first, in their words. A
 * failure is asked again.
 */
export function askOnce<Words extends readonly unknown[], Answer>(
  ask: (...words: Words) => Promise<Answer>,
): (...words: Words) => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return (...words) => {
    answer ??= ask(...words).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
