const buildModeNumbers = { normal: 0, repair: 1, check: 2 } as const;

/**
 * `repair` builds what is there but damaged (trusted clients only), `check` builds what is there
 * again and compares.
 */
export type BuildMode = keyof typeof buildModeNumbers;

/** The mode's number on the wire. */
export function buildModeNumber(mode: BuildMode): number {
  return buildModeNumbers[mode];
}
