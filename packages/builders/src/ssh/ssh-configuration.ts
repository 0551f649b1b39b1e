import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { messageOf } from '@dispatch/nix/message-of';
import { BuildersError, codeOf } from '../errors.ts';
import { timerMs } from '../time-limit.ts';
import type { CarrierOptions } from '../transport.ts';
import { valuesOfSshOptions } from './nix-ssh-options.ts';
import type { SshAddress } from './ssh-address.ts';
import { sshArguments } from './ssh-arguments.ts';

/**
 * The settings of `ssh` for one host, from the store URI, `NIX_SSHOPTS`, and the user's and the
 * system's configuration files. Names are in lower case, as `ssh -G` prints them.
 */
export class SshConfiguration {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Every value of an option that may be given more than once. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The first value; undefined where there is none, or it is `none`. */
  one(name: string): string | undefined {
    const value = this.all(name)[0];
    return value === 'none' ? undefined : value;
  }

  /** The words of a value; words with blanks stand in quotes there. */
  words(name: string): string[] {
    const words = this.one(name)?.match(/"[^"]*"|\S+/g) ?? [];
    return words.map((word) => word.replaceAll('"', ''));
  }

  isOn(name: string): boolean {
    return /^(yes|true)$/.test(this.one(name) ?? 'no');
  }

  /** A value as a whole number, or `usual` where it is not one. */
  count(name: string, usual: number): number {
    const value = this.one(name) ?? '';
    return /^\d+$/.test(value) ? Number(value) : usual;
  }
}

/**
 * Reads the configuration for a machine from `ssh -G`, which reads everything and connects to
 * nothing. Where that program is missing, only the URI and `NIX_SSHOPTS` count. Throws
 * `bad-ssh-option`.
 */
export async function readSshConfiguration(
  address: SshAddress,
  { environment, connectSeconds }: CarrierOptions,
): Promise<SshConfiguration> {
  const userOptions = environment['NIX_SSHOPTS'] ?? '';
  const own = valuesOfSshOptions(userOptions);
  const settings = { connectSeconds, userOptions, knownHostsFile: undefined };
  try {
    const text = await run(['-G', ...sshArguments(address, settings)], environment, connectSeconds);
    return new SshConfiguration(readLines(text));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw refused(address, error);
    return new SshConfiguration(withoutSsh(address, own));
  }
}

function run(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  seconds: number,
): Promise<string> {
  const options = { env: environment, timeout: timerMs(seconds), maxBuffer: 1 << 20 };
  return new Promise((resolve, reject) => {
    execFile('ssh', words, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (codeOf(error) === 'ENOENT') reject(error);
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}

function readLines(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [name = '', value = ''] = line.split(/ (.*)/s, 2);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/**
 * The settings where the `ssh` program is missing. `NIX_SSHOPTS` wins, as for `ssh`, which takes
 * the first of several values.
 */
function withoutSsh(
  address: SshAddress,
  options: ReadonlyMap<string, readonly string[]>,
): Map<string, readonly string[]> {
  return new Map([
    ['hostname', [address.host]],
    ['user', [address.user ?? userInfo().username]],
    ['port', [String(address.port ?? 22)]],
    ['compression', [address.compress ? 'yes' : 'no']],
    ['serveraliveinterval', ['5']],
    ['userknownhostsfile', ['~/.ssh/known_hosts ~/.ssh/known_hosts2']],
    ['globalknownhostsfile', ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2']],
    ...options,
    ['identityfile', identityFiles(address, options.get('identityfile') ?? [])],
  ]);
}

function identityFiles(address: SshAddress, own: readonly string[]): string[] {
  const files = [...own, ...(address.key === undefined ? [] : [address.key])];
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => `~/.ssh/${name}`);
  return files.length > 0 ? files : usual;
}

function refused(address: SshAddress, cause: unknown): BuildersError {
  const text = `ssh does not accept its configuration for ${address.host}: ${messageOf(cause)}`;
  return new BuildersError('bad-ssh-option', text, { cause });
}
