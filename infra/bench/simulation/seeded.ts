/** A number from 0 up to 1, another one each time. */
export type Random = () => number;

/** The same numbers for the same seed, on every machine (Lehmer's generator, modulus 2³¹ - 1). */
export function randomNumbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/**
 * Spread as durations and sizes of builds are: most of them small, a few of them very large (log-normal,
 * by the Box-Muller transform).
 */
export function skewed(random: Random, median: number, spread: number): number {
  const angle = 2 * Math.PI * random();
  return median * Math.exp(spread * Math.sqrt(-2 * Math.log(random())) * Math.cos(angle));
}
