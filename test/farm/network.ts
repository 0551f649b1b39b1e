import { type ChildProcess, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Argv, pidOf, startChild, whenReady } from './child.ts';
import { dropAll, dropSome } from './drop-program.ts';
import { cleanEnvironment } from './environment.ts';

/** Addresses that are set aside for tests of networks (RFC 2544), of which each network takes four. */
const testAddresses = { first: 198 * 2 ** 24 + 18 * 2 ** 16, networks: 2 ** 15 };

const linkPrefix = 'dispatch-';

/**
 * A network namespace that holds one machine, at an address of its own behind a link of its own: what is done to
 * the link is done to nobody else. The machines in such networks reach each other, and nothing beyond. A process
 * keeps the namespace, and the link ends with it: so the kernel takes both away when the test run is killed.
 */
export class Network {
  readonly #farmFolder: string;
  #keeper: ChildProcess | undefined;
  #link: Link | undefined;
  #drops = false;

  constructor(farmFolder: string) {
    this.#farmFolder = farmFolder;
  }

  /** Where the machine inside is reached from outside. */
  get address(): string {
    return this.#up.inside;
  }

  get pid(): number | undefined {
    return pidOf(this.#keeper);
  }

  /** Makes the network, unless it is there. Needs root, and `ip` and `tc` of iproute2. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    const keeper = await keepNamespace(this.#farmFolder);
    this.#keeper = keeper;
    this.#link = makeLink(keeper.pid ?? 0);
    const { name, outside, inside } = this.#link;
    ip([`address add ${outside}/30 dev ${name}`]);
    ip([`link set ${name} alias ${this.#farmFolder} up`]);
    writeFileSync(`/proc/sys/net/ipv4/conf/${name}/forwarding`, '1');
    ip(
      [
        `address add ${inside}/30 dev eth0`,
        'link set eth0 up',
        'link set lo up',
        `route add ${dotted(testAddresses.first)}/15 via ${outside}`,
      ],
      this.inside([]),
    );
  }

  /** The words that start a program inside. */
  inside(argv: readonly string[]): Argv {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, ...argv];
  }

  /** From now on every packet vanishes, in both directions, without an error to anybody. */
  cut(): void {
    this.#drop(dropAll);
  }

  /** From now on this share of the packets in each direction, from 0 to 1, vanishes by chance. */
  lose(share: number): void {
    this.#drop(dropSome(share));
  }

  /** Nothing vanishes any more. */
  mend(): void {
    if (this.#drops) this.#atBothEnds(['qdisc', 'delete'], ['clsact']);
    this.#drops = false;
  }

  /** Limits each direction to so many kilobits a second. */
  throttle(kilobits: number): void {
    const limit = ['root', 'tbf', 'rate', `${kilobits}kbit`, 'burst', '16kb', 'latency', '400ms'];
    this.#atBothEnds(['qdisc', 'replace'], limit);
  }

  get #up(): Link {
    if (this.#link === undefined) throw new Error('the network was not started');
    return this.#link;
  }

  /**
   * Drops packets where they arrive: a sender is told of those that are dropped as they leave, and tries again
   * sooner.
   */
  #drop(program: string): void {
    this.mend();
    this.#atBothEnds(['qdisc', 'add'], ['clsact']);
    this.#drops = true;
    const filter = ['ingress', 'bpf', 'direct-action', 'bytecode', program];
    this.#atBothEnds(['filter', 'add'], filter);
  }

  #atBothEnds(verb: readonly string[], what: readonly string[]): void {
    run(['tc', ...verb, 'dev', this.#up.name, ...what]);
    run(this.inside(['tc', ...verb, 'dev', 'eth0', ...what]));
  }
}

/** The links that were made for a folder, or for one inside it, and are still there. */
export function linksOf(folder: string): string[] {
  return readdirSync('/sys/class/net')
    .filter((name) => name.startsWith(linkPrefix))
    .filter((name) => aliasOf(name).startsWith(folder));
}

/** Removes the links of a folder at once; the kernel would do so some time after their last process. */
export function removeLinksOf(folder: string): void {
  for (const name of linksOf(folder)) {
    try {
      run(['ip', 'link', 'delete', name]);
    } catch (error) {
      // The kernel may have removed it first.
      if (linksOf(folder).includes(name)) throw error;
    }
  }
}

/** Starts a process that does nothing but keep a network namespace of its own. */
async function keepNamespace(farmFolder: string): Promise<ChildProcess> {
  const logFile = join(farmFolder, 'network.log');
  const argv = ['unshare', '--net', 'sleep', 'infinity'] as const;
  const keeper = startChild({ argv, env: cleanEnvironment(farmFolder), logFile });
  const isAway = (): boolean => namespaceOf(keeper.pid) !== namespaceOf(process.pid);
  await whenReady(
    keeper,
    async () => isAway(),
    () => readFileSync(logFile, 'utf8'),
  );
  return keeper;
}

/** Both ends of a link: the name and address of ours, and the address of that inside. */
interface Link {
  readonly name: string;
  readonly outside: string;
  readonly inside: string;
}

/**
 * Makes a link under a free name. The kernel refuses one that is taken: so no two farms of this machine get the
 * same addresses.
 */
function makeLink(pid: number): Link {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const number = Math.floor(Math.random() * testAddresses.networks);
    const link = linkOf(number);
    try {
      ip([`link add ${link.name} type veth peer name eth0 netns ${pid}`]);
      return link;
    } catch (error) {
      if (!/File exists/.test(String(error))) throw error;
    }
  }
  throw new Error('there is no free address for another network');
}

function linkOf(number: number): Link {
  const first = testAddresses.first + number * 4;
  return {
    name: `${linkPrefix}${number}`,
    outside: dotted(first + 1),
    inside: dotted(first + 2),
  };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join('.');
}

function namespaceOf(pid: number | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

function aliasOf(link: string): string {
  try {
    return readFileSync(`/sys/class/net/${link}/ifalias`, 'utf8');
  } catch {
    return '';
  }
}

function ip(lines: readonly string[], before: readonly string[] = []): void {
  run([...before, 'ip', '-batch', '-'], lines.join('\n'));
}

function run(argv: readonly string[], input = ''): void {
  const [program = '', ...words] = argv;
  execFileSync(program, words, { input, stdio: ['pipe', 'ignore', 'pipe'] });
}
