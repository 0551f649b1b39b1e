'use strict';
const { createServer } = require('node:net');

/*
 * A daemon to ask, for rehearsals: it has every path that it is asked for, and builds nothing. Listens on the socket that
 * it is told of, and prints a line when it does; ends with its input.
 */
const [, , socket] = process.argv;
const daemonMagic = 0x6478696f;
const lastMessage = 0x616c7473;
const version = 0x126;

function integer(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
}

function text(value) {
  const bytes = Buffer.alloc(Math.ceil(value.length / 8) * 8);
  bytes.write(value, 'latin1');
  return Buffer.concat([integer(value.length), bytes]);
}

function list(values) {
  return Buffer.concat([integer(values.length), ...values.map(text)]);
}

/** What comes on a connection, piece by piece. */
class Input {
  #chunks;
  #bytes = Buffer.alloc(0);

  constructor(connection) {
    this.#chunks = connection[Symbol.asyncIterator]();
  }

  async integer() {
    return (await this.#take(8)).readUInt32LE();
  }

  async text() {
    const length = await this.integer();
    return (await this.#take(Math.ceil(length / 8) * 8)).toString('latin1', 0, length);
  }

  async list() {
    const values = [];
    for (let left = await this.integer(); left > 0; left -= 1) values.push(await this.text());
    return values;
  }

  async #take(count) {
    while (this.#bytes.length < count) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error('it hung up');
      this.#bytes = Buffer.concat([this.#bytes, value]);
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}

async function takeRoot(input) {
  await input.text();
  return integer(1);
}

/** Operations by their numbers in the protocol. */
const operations = {
  /** AddTempRoot, AddIndirectRoot */
  11: takeRoot,
  12: takeRoot,
  /** SetOptions: twelve numbers, and pairs of texts. */
  19: async (input) => {
    for (let left = 12; left > 0; left -= 1) await input.integer();
    for (let left = 2 * (await input.integer()); left > 0; left -= 1) await input.text();
    return Buffer.alloc(0);
  },
  /** QueryValidPaths */
  31: async (input) => {
    const paths = await input.list();
    await input.integer();
    return list(paths);
  },
  /** QueryMissing: nothing to build, to fetch, unknown, to download, to unpack. */
  40: async (input) => {
    await input.list();
    return Buffer.concat([list([]), list([]), list([]), integer(0), integer(0)]);
  },
};

async function serve(connection) {
  const input = new Input(connection);
  await input.integer();
  await input.integer();
  connection.write(Buffer.concat([integer(daemonMagic), integer(version)]));
  await input.list();
  await input.integer();
  await input.integer();
  connection.write(Buffer.concat([list([]), text('rehearsal'), integer(1), integer(lastMessage)]));
  for (;;) {
    const answer = await operations[await input.integer()](input);
    connection.write(Buffer.concat([integer(lastMessage), answer]));
  }
}

createServer((connection) => {
  connection.on('error', () => {});
  serve(connection).catch(() => connection.destroy());
}).listen(socket, () => process.stdout.write('listening\n'));
process.stdin.on('end', () => process.exit()).resume();
