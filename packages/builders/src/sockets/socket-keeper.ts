import { messageOf } from '@dispatch/nix/message-of';
import { type Deferred, deferred } from '../deferred.ts';
import type { Transport } from '../transport.ts';
import { unlessAborted } from '../waiting.ts';
import { folderRefused, noShell, notForwarded } from './cannot-listen.ts';

/**
 * The shell script that runs on a machine for as long as we have sockets there. An SSH server lets
 * only their user connect to its sockets (`StreamLocalBindMask`), fails where a file is in the way
 * (`StreamLocalBindUnlink`) and leaves the file behind when the connection ends. So the script
 * reads lines `task path`: `prepare` makes the folder and removes what is in the socket's place,
 * `open` lets everybody connect, and `remove` deletes the file. When its input ends (with the
 * connection, however that ends), or it gets a signal, or nobody reads its output any more, it
 * removes the sockets that it opened, except where another file has taken their place.
 */
const script = [
  'leave() { set -- $made; while test $# -gt 1; do is=$(ls -di "$2" 2>/dev/null);',
  'test "${is% *}" -eq "$1" 2>/dev/null && rm -f "$2"; shift 2; done; };',
  'trap leave EXIT; trap exit HUP INT PIPE TERM;',
  'while read -r task path; do case $task in',
  'prepare) f=${path%/*}; why=$({ mkdir -p -m 0755 "$f" && test -w "$f" && rm -f "$path"; } 2>&1);;',
  'open) why=$(chmod 0666 "$path" 2>&1) && made="$made $(ls -di "$path")";;',
  '*) why=$(rm -f "$path" 2>&1);;',
  'esac && echo dispatch-done || echo dispatch-failed $(id -un) $why; done',
].join(' ');

/** The command that starts the script. */
export const keeperProgram: readonly string[] = ['sh', '-c', script];

/**
 * More than a shell prints between two answers; a machine that sends more does not run our script.
 */
const longestTalk = 16_384;

type Task = 'prepare' | 'open' | 'remove';

/** The name of our user on the machine, and what it said when it refused. */
interface Refusal {
  readonly user: string;
  readonly why: string;
}

/** Our end of the shell that looks after the sockets on a machine. */
export class SocketKeeper {
  readonly #transport: Transport;
  /** Those who wait for an answer; the shell answers in the order of asking. */
  readonly #waiting: Deferred<Refusal | undefined>[] = [];
  readonly #ended = deferred<Error>();
  #end: Error | undefined;
  #text = '';

  constructor(transport: Transport) {
    this.#transport = transport;
    const { input, output } = transport;
    input.on('data', (bytes: Buffer) => this.#hear(bytes.toString('utf8')));
    input.once('close', () => void this.#noteEnd());
    input.on('error', () => {});
    output.on('error', () => {});
  }

  /**
   * Resolves when the shell or the connection to it is gone, with the reason as far as it is known.
   */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /**
   * Makes the folder of a socket and removes a file in the socket's place. Throws `cannot-listen`.
   */
  async prepare(path: string, signal: AbortSignal): Promise<void> {
    const refusal = await this.#ask('prepare', path, signal);
    if (refusal !== undefined) throw folderRefused(path, refusal.user, refusal.why);
  }

  /** Lets everybody connect to a socket that the server has made. Throws `cannot-listen`. */
  async open(path: string, signal: AbortSignal): Promise<void> {
    const refusal = await this.#ask('open', path, signal);
    if (refusal !== undefined) throw notForwarded(path, refusal.why);
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#ask('remove', path, signal);
  }

  /** Ends the shell, which then removes its remaining sockets. */
  close(): void {
    this.#transport.destroy();
  }

  async #ask(task: Task, path: string, signal: AbortSignal): Promise<Refusal | undefined> {
    if (this.#end !== undefined) throw noShell(path, this.#end.message);
    const answer = deferred<Refusal | undefined>();
    this.#waiting.push(answer);
    this.#transport.output.write(`${task} ${path}\n`);
    try {
      return await unlessAborted(answer.promise, signal, `making ${path}`);
    } catch {
      throw noShell(path, messageOf(this.#end ?? signal.reason));
    }
  }

  #hear(text: string): void {
    this.#text += text;
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#hearLine(line);
    if (this.#text.length > longestTalk) this.#transport.destroy();
  }

  /** Ignores all other lines, such as those that a login shell's start-up files print first. */
  #hearLine(line: string): void {
    if (line === 'dispatch-done') this.#waiting.shift()?.resolve(undefined);
    const [, user, why = ''] = /^dispatch-failed ([\w.-]{1,64}) ?(.*)$/.exec(line) ?? [];
    if (user === undefined) return;
    this.#waiting.shift()?.resolve({ user, why: why.replaceAll(/\p{C}/gu, '').slice(0, 300) });
  }

  async #noteEnd(): Promise<void> {
    const complaint = await this.#transport.complaint();
    this.#end = new Error(complaint || 'the connection was closed');
    for (const answer of this.#waiting.splice(0)) answer.reject(this.#end);
    this.#ended.resolve(this.#end);
  }
}
