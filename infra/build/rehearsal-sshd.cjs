'use strict';
const { writeFileSync } = require('node:fs');
const { Server, utils } = require('ssh2');

/*
 * A machine to log in to, for rehearsals: takes the key that it writes into the file it is told of, and
 * has no program that anybody asks for. Prints its port and host key in a line; ends with its input.
 */
const [, , keyFile] = process.argv;
const hostKey = makeKey();
const userKey = makeKey();
writeFileSync(keyFile, userKey.private, { mode: 0o600 });

/** Makes a key that ssh2 can read: it drops the zero byte that one key of 256 begins with, and then cannot. */
function makeKey() {
  const pair = utils.generateKeyPairSync('ed25519');
  return utils.parseKey(pair.private) instanceof Error ? makeKey() : pair;
}

function welcome(client) {
  client.on('authentication', (attempt) =>
    attempt.method === 'publickey' ? attempt.accept() : attempt.reject(['publickey']),
  );
  client.on('session', (accept) => {
    accept().on('exec', (acceptCommand) => {
      const channel = acceptCommand();
      channel.exit(127);
      channel.end();
    });
  });
  client.on('error', () => {});
}

const server = new Server({ hostKeys: [hostKey.private] }, welcome);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  process.stdout.write(`${JSON.stringify({ port, hostKey: hostKey.public })}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
