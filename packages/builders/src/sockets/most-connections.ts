/**
 * Connections to one socket at a time; more are hung up on, since whoever opens them without end must
 * not fill our memory. Enough for a build that waits for several others at once, and for whoever gets
 * them to tell those of the build from those of strangers, and to end some of the latter.
 */
export const mostConnections = 128;
