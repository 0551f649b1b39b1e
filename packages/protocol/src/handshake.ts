import type { ClientOptions } from './client-options.ts';
import { ProtocolError } from './errors.ts';
import type { Request } from './exchange.ts';
import { commonFeatures, type Dialect, spokenFeatures } from './features.ts';
import {
  isOlder,
  olderVersion,
  oldestVersion,
  type ProtocolVersion,
  printVersion,
  versionFromWord,
  versionToWord,
} from './protocol-version.ts';
import type { Trust } from './trust.ts';
import { writeClientOptions } from './wire/client-options.ts';
import { readMessages } from './wire/daemon-messages.ts';
import { type Decoder, readInteger, readList, readName } from './wire/decoder.ts';
import type { Link } from './wire/link.ts';
import { RequestWriter } from './wire/request-writer.ts';
import { sendRequests } from './wire/send-requests.ts';
import type { WireInput } from './wire/wire-input.ts';

const clientMagic = 0x6e697863;
const daemonMagic = 0x6478696f;
const sampleBytes = 80;

/** What two peers know of each other after the greeting. */
export interface Greeting extends Dialect {
  /** The daemon's Nix version; before protocol 1.33 it does not say. */
  readonly nixVersion: string | undefined;
  readonly trust: Trust;
}

/**
 * Greets a daemon, and sends its first settings along, which then cost no round trip of their own.
 * Throws ProtocolError when what answers is not a daemon, or not one that we can talk to.
 */
export async function greet(
  link: Link,
  maximumVersion: ProtocolVersion,
  settings: ClientOptions | undefined,
): Promise<Greeting> {
  sendGreeting(link, maximumVersion);
  const announced = await readAnnouncement(link);
  const version = olderVersion(announced, maximumVersion);
  checkVersion(announced, version);
  sendRest(link, version);
  if (settings !== undefined) sendRequests(link, [settingsRequest(settings)]);
  const about = await link.read(readAbout(link.input, version));
  await mustAgree(link, version);
  if (settings !== undefined) await mustAgree(link, version);
  return { version, ...about };
}

/** Magic and version at once: older clients wait between them, but no daemon minds. */
function sendGreeting(link: Link, maximumVersion: ProtocolVersion): void {
  const out = new RequestWriter();
  out.integer(clientMagic);
  out.integer(versionToWord(maximumVersion));
  link.send(out.bytes);
}

async function readAnnouncement(link: Link): Promise<ProtocolVersion> {
  try {
    return versionFromWord(await link.read(readMagicAndVersion(link.input)));
  } catch (error) {
    const ended = error instanceof ProtocolError && error.code === 'connection-lost';
    if (!ended) throw error;
    throw link.input.buffered > 0 ? notADaemon(link.input.peek()) : endedAtOnce(error);
  }
}

function* readMagicAndVersion(input: WireInput): Decoder<number> {
  if (input.buffered < 8) yield 8;
  const magic = input.takeBigInteger();
  if (magic !== BigInt(daemonMagic)) {
    const first = Buffer.alloc(8);
    first.writeBigUInt64LE(magic);
    throw notADaemon(Buffer.concat([first, input.peek().subarray(0, sampleBytes)]));
  }
  return yield* readInteger(input);
}

function notADaemon(heard: Buffer): ProtocolError {
  const sample = JSON.stringify(heard.toString('latin1', 0, sampleBytes));
  return new ProtocolError(
    'not-a-daemon',
    `what answers is not a Nix daemon: it starts with ${sample}. ` +
      'A login shell that prints something before the daemon starts is a common reason',
  );
}

function endedAtOnce(cause: ProtocolError): ProtocolError {
  return new ProtocolError(
    'connection-lost',
    "it hung up instead of greeting: is this user among the daemon's allowed-users, and does Nix run there?",
    { cause },
  );
}

function checkVersion(announced: ProtocolVersion, version: ProtocolVersion): void {
  if (announced.major !== oldestVersion.major) {
    throw new ProtocolError(
      'version-unsupported',
      `the daemon speaks protocol ${printVersion(announced)}, of which nothing is known here`,
    );
  }
  if (isOlder(version, oldestVersion)) {
    throw new ProtocolError(
      'version-too-old',
      `the daemon speaks protocol ${printVersion(version)}; ` +
        `at least ${printVersion(oldestVersion)} is needed, so upgrade its Nix to 2.3 or later`,
    );
  }
}

function sendRest(link: Link, version: ProtocolVersion): void {
  const out = new RequestWriter();
  if (version.minor >= 38) out.texts(spokenFeatures);
  out.integer(0); // obsolete CPU affinity
  out.integer(0); // obsolete reserve space
  link.send(out.bytes);
}

function settingsRequest(settings: ClientOptions): Request {
  return { operation: 'SetOptions', request: (out) => writeClientOptions(out, settings) };
}

async function mustAgree(link: Link, version: ProtocolVersion): Promise<void> {
  const end = await link.read(readMessages(link.input, version, () => undefined));
  if (end.type !== 'failed') return;
  const { message } = end.failure;
  throw new ProtocolError('daemon-error', `refused: ${message}`, { daemon: end.failure });
}

function* readAbout(
  input: WireInput,
  version: ProtocolVersion,
): Decoder<Omit<Greeting, 'version'>> {
  const named = version.minor >= 38 ? yield* readList(input, readName) : [];
  const nixVersion = version.minor >= 33 ? yield* readName(input) : undefined;
  const trust = version.minor >= 35 ? yield* readTrust(input) : 'unknown';
  return { features: commonFeatures(named), nixVersion, trust };
}

const trusts: readonly Trust[] = ['unknown', 'trusted', 'not-trusted'];

function* readTrust(input: WireInput): Decoder<Trust> {
  const number = yield* readInteger(input);
  const trust = trusts[number];
  if (trust === undefined) throw new ProtocolError('bad-reply', `${number} is no kind of trust`);
  return trust;
}
