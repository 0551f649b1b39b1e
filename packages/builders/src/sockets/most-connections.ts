/**
 * Connections to one socket at a time; any more are closed at once, so that a client that opens
 * them without end cannot fill our memory. It is enough for a build that waits for several others
 * at once, and leaves their owner room to tell the build's connections from those of strangers, and
 * to end some of these.
 */
export const mostConnections = 128;
