/** Whether we are one of a daemon's trusted users; `unknown` when it does not say (before 1.35). */
export type Trust = 'trusted' | 'not-trusted' | 'unknown';
