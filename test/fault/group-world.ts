import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dispatch, endCoordinators } from '../e2e/dispatch.ts';
import type { Builder } from '../farm/builder.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';

/** A machine's link while it is as slow as that of somebody's home, and while it is not. Kilobits a second. */
const slowLink = 4000;
const fastLink = 1_000_000;

/** A line of the marks that members leave: what, who, and the output that it was for. */
export interface Mark {
  readonly what: string;
  readonly name: string;
  readonly out: string;
}

/** Four builders for groups, each with one place, and a folder that builds on all of them see as /marks. */
export class GroupWorld implements AsyncDisposable {
  readonly farm: Farm;
  readonly dispatch: Dispatch;
  /** /marks. */
  readonly marksFolder: string;

  private constructor(farm: Farm, marksFolder: string) {
    this.farm = farm;
    this.dispatch = new Dispatch(farm);
    this.marksFolder = marksFolder;
  }

  /** `marksFolder` is made, and goes with whoever made the folder around it. */
  static async start(marksFolder: string): Promise<GroupWorld> {
    mkdirSync(marksFolder);
    chmodSync(marksFolder, 0o777);
    const settings = { 'extra-sandbox-paths': `/run/dispatch? /marks=${marksFolder}` };
    const names = ['north', 'east', 'south', 'west'];
    const builders = names.map((name) => groupBuilder(name, { slots: 1, settings }));
    return new GroupWorld(await startFarm({ builders }), marksFolder);
  }

  builderAt(uri: string): Builder {
    const found = this.farm.builders.find((builder) => builder.uri === uri);
    if (found === undefined) throw new Error(`the farm has no builder ${uri}`);
    return found;
  }

  /** All that builds have marked so far. */
  get marks(): Mark[] {
    const file = join(this.marksFolder, 'log');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [what = '', name = '', out = ''] = line.split(' ');
      return { what, name, out };
    });
  }

  /** Bringing inputs takes seconds until `hurry`. */
  slowDown(): void {
    for (const { network } of this.farm.builders) network.throttle(slowLink);
  }

  hurry(): void {
    for (const { network } of this.farm.builders) network.throttle(fastLink);
  }

  /** Whether a store has a path: the hub's, which knows what it has, or a builder's files. */
  async hubHas(path: string): Promise<boolean> {
    return (await this.farm.hub.run('nix-store', ['--check-validity', path])).code === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endCoordinators(this.farm.folder);
    await this.farm[Symbol.asyncDispose]();
  }
}
