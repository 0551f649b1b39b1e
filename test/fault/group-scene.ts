import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningDispatch } from '../e2e/dispatch.ts';
import { writeGroup } from '../e2e/group-recipes.ts';
import type { ClientResult } from '../farm/hub.ts';
import type { GroupWorld } from './group-world.ts';
import { LedgerLock } from './ledger-lock.ts';

/** The stages at which something may happen to a group, in their order. */
export const stages = [
  'forming',
  'reserved',
  'staging',
  'started',
  'running',
  'one finished',
  'all but one finished',
  'committing',
] as const;

export type Stage = (typeof stages)[number];

export const members = ['first', 'second', 'third'] as const;

export type MemberName = (typeof members)[number];

/** An attempt as `dispatch group status --json` tells of it. */
export interface AttemptStatus {
  readonly id: string;
  readonly mark: string;
  readonly state: string;
  readonly members: readonly {
    readonly name: string;
    readonly drvPath: string;
    readonly builder: string;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
}

/** An event of a run, as `--debug` writes it. */
export interface GroupEvent {
  readonly type: string;
  readonly step?: string;
  readonly name?: string;
  readonly builder?: string;
  readonly places?: readonly { readonly member: string; readonly builder: string }[];
  readonly result?: { readonly type: string };
}

/**
 * What a member writes into its output: its name and the output's path, in letters that are no reference to it.
 */
export function signed(member: string, out: string): string {
  return `${member} ${out.replaceAll(/./g, '$&_')}\n`;
}

/** The test sees that a member is finished before the news of that has reached us. */
const newsMs = 400;

/** Short alive limits, so that a link that was cut is soon found. */
const impatience = '-o ServerAliveInterval=1 -o ServerAliveCountMax=1';

/**
 * One group whose members do nothing but wait until they are let go, so that it can be halted at any stage. They
 * end without waiting for each other, so that a finished one leaves valid outputs in its builder's store.
 */
export class GroupScene implements AsyncDisposable {
  readonly name: string;
  readonly #world: GroupWorld;
  readonly #file: string;
  #run: RunningDispatch | undefined;
  #lock: LedgerLock | undefined;
  #isOver = false;

  constructor(world: GroupWorld, name: string) {
    this.#world = world;
    this.name = name;
    const recipes = members.map((member) => ({
      name: `${name}-${member}`,
      role: member,
      attributes: 'inherit input;',
      script: `hello
        echo "begin ${member} $out" >> /marks/log; head -c 1 $input > began
        until test -e /marks/${name}-go-${member} || test -e /marks/${name}-fail-${member}; do sleep 0.02; done
        test ! -e /marks/${name}-fail-${member} || { echo told to fail; exit 3; }
        echo "end ${member} $out" >> /marks/log; echo ${member} $(echo $out | sed 's/./&_/g') > $out`,
    }));
    const wait = `until test -e /marks/${name}-go-input; do sleep 0.02; done`;
    const input = `input = shell "${name}-input" "echo begin ${name}-input $out >> /marks/log; ${wait}; head -c 1500000 /dev/urandom > $out" {};`;
    this.#file = writeGroup(world.farm, { name, members: recipes }, input);
  }

  /** Begins to build the join, and resolves when the group has come to the stage. */
  async reach(stage: Stage): Promise<void> {
    const at = stages.indexOf(stage);
    const isReached = (other: Stage): boolean => at >= stages.indexOf(other);
    const run = this.build();
    this.#run = run;
    void run.ended.then(() => {
      this.#isOver = true;
    });
    await this.#marked('begin', `${this.name}-input`);
    if (stage === 'reserved' || stage === 'staging') this.#world.slowDown();
    if (isReached('reserved')) this.#let('input');
    if (isReached('reserved')) await run.told('"type":"group-reserved"');
    if (stage === 'staging') await sleep(700);
    if (isReached('started')) await run.told('"type":"group-started"');
    if (isReached('running')) await Promise.all(members.map((name) => this.#begun(name)));
    if (stage === 'committing') this.#lock = await LedgerLock.take(this.#world.farm);
    if (isReached('one finished')) await this.#finish('first');
    if (isReached('all but one finished')) await this.#finish('second');
    if (stage === 'committing') await this.#finish('third');
  }

  /** Starts a build of the join: the one that is to come to the stage, or one after it. */
  build(): RunningDispatch {
    const { farm, dispatch } = this.#world;
    const words = ['build', '--no-link', '--debug', '--connect-timeout', '10', '-f', this.#file];
    const env = { NIX_SSHOPTS: `${farm.hub.env['NIX_SSHOPTS']} ${impatience}` };
    return dispatch.start([...words, '-A', 'joined', '--builders', farm.machines], { env });
  }

  get run(): RunningDispatch {
    if (this.#run === undefined) throw new Error('it was not begun');
    return this.#run;
  }

  /** Lets everything go on that waits. */
  async letGo(): Promise<void> {
    this.#world.hurry();
    for (const name of ['input', ...members]) this.#let(name);
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /** Has a member fail from now on, until `failNobody`. */
  fail(name: MemberName): void {
    writeFileSync(this.#gate('fail', name), '');
  }

  failNobody(): void {
    for (const name of members) rmSync(this.#gate('fail', name), { force: true });
  }

  /** The builder on which a member was last given its place. */
  placeOf(member: MemberName): string {
    const reserved = this.events(this.run.stderr).filter(({ type }) => type === 'group-reserved');
    const place = reserved.at(-1)?.places?.find((one) => one.member === member);
    if (place === undefined) throw new Error(`${member} has no place`);
    return place.builder;
  }

  /** The builder of the input that all members share. */
  get placeOfInput(): string {
    const events = this.events(this.run.stderr);
    return events.find(({ type }) => type === 'step-started')?.builder ?? '';
  }

  events(stderr: string): GroupEvent[] {
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as GroupEvent);
  }

  /** The attempts of the group, oldest first. */
  async attempts(): Promise<AttemptStatus[]> {
    const words = ['group', 'status', this.name, '--json'];
    const { code, stdout } = await this.#world.dispatch.run(words);
    if (code !== 0) return [];
    return (JSON.parse(stdout) as { attempts: AttemptStatus[] }).attempts.toReversed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock?.release();
    this.#run?.signal('SIGKILL');
    await (this.#run?.ended satisfies Promise<ClientResult> | undefined);
  }

  #let(name: string): void {
    writeFileSync(this.#gate('go', name), '');
  }

  #gate(what: 'go' | 'fail', name: string): string {
    return join(this.#world.marksFolder, `${this.name}-${what}-${name}`);
  }

  async #finish(name: MemberName): Promise<void> {
    this.#let(name);
    const { out } = await this.#begun(name);
    await this.#marked('end', name, out);
    await sleep(newsMs);
  }

  /** Resolves when the member has begun in the last attempt. */
  #begun(name: MemberName): Promise<{ readonly out: string }> {
    return this.#marked('begin', name, `-${this.name}-${name}`);
  }

  async #marked(what: string, name: string, outEnd = ''): Promise<{ readonly out: string }> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const found = this.#world.marks.find(
        (mark) => mark.what === what && mark.name === name && mark.out.endsWith(outEnd),
      );
      if (found !== undefined) return found;
      if (Date.now() > deadline || this.#isOver)
        throw new Error(`${name} did not ${what}: ${this.run.stderr.slice(-4000)}`);
      await sleep(10);
    }
  }
}
