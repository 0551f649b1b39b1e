import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Farm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

/**
 * A diamond over a chain, something beside it, and a file inside an output:
 * base → left, right → top (out, dev) → last → all; apart → all.
 */
const recipes = `
  base = shell "base" "mkdir $out; echo base > $out/file" {};
  left = shell "left" "mkdir $out; cat $base/file > $out/file" { inherit base; };
  right = shell "right" "cat $base/file > $out" { inherit base; };
  top = shell "top" "cat $left/file $right > $out; echo dev > $dev"
    { inherit left right; outputs = [ "out" "dev" ]; };
  last = shell "last" "cat $top > $out" { inherit top; };
  apart = shell "apart" "echo apart > $out" {};
  all = shell "all" "mkdir $out; ln -s $last $out/last; ln -s $apart $out/apart; ln -s $left $out/left"
    { inherit last apart left; };`;

/** One user of the farm's hub, with a ledger of their own. */
export class PoisonWorld {
  readonly file: string;
  readonly dispatch: Dispatch;
  readonly #farm: Farm;
  #people = 0;
  #env: NodeJS.ProcessEnv = {};

  constructor(farm: Farm) {
    this.#farm = farm;
    this.file = writeRecipes(farm, recipes);
    this.dispatch = new Dispatch(farm);
    this.#env = this.otherPerson('Ann <ann@example.org>');
  }

  /** The environment of somebody with an empty ledger. */
  otherPerson(author: string): NodeJS.ProcessEnv {
    this.#people += 1;
    const state = join(this.#farm.folder, `state-${this.#people}`);
    mkdirSync(state);
    return { XDG_STATE_HOME: state, DISPATCH_AUTHOR: author };
  }

  /** From here on, commands run in this environment. */
  become(env: NodeJS.ProcessEnv): void {
    this.#env = env;
  }

  run(...words: readonly string[]): Promise<ClientResult> {
    return this.dispatch.run(words, { env: this.#env });
  }

  /** The JSON that a command prints, which must succeed, or end with `code`. */
  async json<Answer>(words: readonly string[], code = 0): Promise<Answer> {
    const ran = await this.run(...words, '--json');
    if (ran.code !== code) throw new Error(`exit ${ran.code}: ${ran.stderr}${ran.stdout}`);
    return JSON.parse(ran.stdout) as Answer;
  }

  /** Builds an attribute in the hub itself. */
  build(attribute = 'all', link = 'result'): Promise<BuildAnswer> {
    const here = ['--builders', '', '-j', '2'];
    return this.json(['build', ...here, '-o', link, '-f', this.file, '-A', attribute]);
  }

  async instantiate(attribute: string): Promise<string> {
    const { stdout } = await this.#farm.hub.run('nix-instantiate', [this.file, '-A', attribute]);
    return stdout.trim();
  }

  /** The output path that Nix computed. */
  async outputOf(drvPath: string, output = 'out'): Promise<string> {
    const args = ['-q', '--binding', output, drvPath];
    return (await this.#farm.hub.run('nix-store', args)).stdout.trim();
  }
}

/** What the tests read of `dispatch build --json`. */
export interface BuildAnswer {
  readonly roots: readonly { readonly drvPath: string; readonly outputs: Record<string, string> }[];
  readonly steps: readonly BuiltStep[];
}

interface BuiltStep {
  readonly name: string;
  readonly original: string;
  readonly drvPath: string;
  readonly outputs: Record<string, string>;
  readonly status: string;
}

/** Names of what was built, sorted. */
export function builtNames({ steps }: BuildAnswer): string[] {
  return steps
    .filter(({ status }) => status === 'built')
    .map(({ name }) => name)
    .toSorted();
}

/** What the tests read of `dispatch poison --json`. */
export interface PoisonAnswer {
  readonly written: boolean;
  readonly poisoned: readonly {
    readonly name: string;
    readonly drvPath: string;
    readonly form: string;
    readonly before: number;
    readonly serial: number;
  }[];
  readonly cost: {
    readonly within: string;
    readonly derivations: readonly { readonly name: string; readonly lastMs: number | null }[];
    readonly outputs: number;
  };
  readonly records: readonly { readonly epoch: number; readonly author: string }[];
}
