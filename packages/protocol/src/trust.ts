/** Whether a daemon lets us do what touches others; `unknown` when it does not say (before 1.35). */
export type Trust = 'trusted' | 'not-trusted' | 'unknown';
