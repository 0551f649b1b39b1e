import { createServer } from 'node:net';

/** Takes a port, says which, and stops: as soon as a few wait there, it does not even answer. */
const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const address = server.address();
  process.stdout.write(String(typeof address === 'object' ? address?.port : ''), () => {
    process.kill(process.pid, 'SIGSTOP');
  });
});
