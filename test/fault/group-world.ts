import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dispatch, endCoordinators } from '../e2e/dispatch.ts';
import type { Builder } from '../farm/builder.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';

/** Kilobits a second of a slow link, such as somebody has at home. */
const slowLink = 4000;
const fastLink = 1_000_000;

/** A line of the marks that members leave: what happened, to whom, and for which output. */
export interface Mark {
  readonly what: string;
  readonly name: string;
  readonly out: string;
}

/** Four builders for groups, with one slot each, and a folder that builds on all of them see as /marks. */
export class GroupWorld implements AsyncDisposable {
  readonly farm: Farm;
  readonly dispatch: Dispatch;
  /** The folder that builds see as /marks. */
  readonly marksFolder: string;

  private constructor(farm: Farm, marksFolder: string) {
    this.farm = farm;
    this.dispatch = new Dispatch(farm);
    this.marksFolder = marksFolder;
  }

  /** Makes `marksFolder`; whoever made the folder around it removes both. */
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

  /** Makes bringing inputs take seconds, until `hurry`. */
  slowDown(): void {
    for (const { network } of this.farm.builders) network.throttle(slowLink);
  }

  hurry(): void {
    for (const { network } of this.farm.builders) network.throttle(fastLink);
  }

  /** Whether the hub has a path, by its own account. */
  async hubHas(path: string): Promise<boolean> {
    return (await this.farm.hub.run('nix-store', ['--check-validity', path])).code === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endCoordinators(this.farm.folder);
    await this.farm[Symbol.asyncDispose]();
  }
}
