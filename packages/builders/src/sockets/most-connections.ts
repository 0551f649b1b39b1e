/**
 * Connections to one socket at a time; more are hung up on. A build that waits for several others at
 * once has a connection for each; one that opens them without end must not fill our memory.
 */
export const mostConnections = 32;
