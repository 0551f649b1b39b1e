/** The highest priority of a run, and, negative, the lowest. */
export const utmostPriority = 1000;
