import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { endCoordinators } from '../../../test/e2e/dispatch.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { newestNix } from '../../../test/farm/installed-nix.ts';

const slots = 4;
const names = ['one', 'two'] as const;

/** Two builders of four slots behind real sshds, and a hub; all run the newest Nix of this machine. */
export class BenchFarm {
  readonly farm: Farm;
  readonly nixVersion: string;
  readonly #plainSshConfig: string;
  #evaluated = 0;

  private constructor(farm: Farm, nixVersion: string) {
    this.farm = farm;
    this.nixVersion = nixVersion;
    this.#plainSshConfig = readFileSync(this.#sshConfig, 'utf8');
  }

  /** Starts a farm, and ends it when `use` has ended. */
  static async with(use: (bench: BenchFarm) => Promise<void>): Promise<void> {
    const nix = newestNix();
    const builders = names.map((name) => ({ name, ssh: true, slots, nix }));
    const farm = await startFarm({ builders, hub: { nix } });
    try {
      await use(new BenchFarm(farm, nix));
    } finally {
      await farm[Symbol.asyncDispose]();
    }
  }

  get #sshConfig(): string {
    return join(this.farm.folder, 'ssh_config');
  }

  /** The environment of our own command: all that it needs is in the machines' lines. */
  get environment(): NodeJS.ProcessEnv {
    const { NIX_SSHOPTS: _, ...rest } = this.farm.hub.env;
    return { ...rest, DISPATCH_TEST_RUN: this.farm.folder };
  }

  get machines(): string {
    return this.farm.builders.map((builder) => builder.machineLine).join(';');
  }

  get stockMachines(): string {
    return this.farm.builders.map((builder) => builder.stockMachineLine).join(';');
  }

  /** A word that no derivation has had before. */
  salt(): string {
    this.#evaluated += 1;
    return `${process.pid}-${Date.now()}-${this.#evaluated}`;
  }

  /** Evaluates with stock Nix; the derivations are in the hub then. */
  async instantiate(expression: string): Promise<StorePath[]> {
    const file = join(this.farm.folder, 'bench.nix');
    writeFileSync(file, expression);
    const { code, stdout, stderr } = await this.farm.hub.run('nix-instantiate', [file]);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => parseStorePath(line.replace(/!.*/, '')));
  }

  /** Ends the coordinator, so that our next command has to start one. */
  endCoordinator(): Promise<void> {
    return endCoordinators(this.farm.folder);
  }

  /** Has stock clients share one SSH connection to each builder, which is up when this returns. */
  shareSshMasters(): void {
    const control = join(this.farm.folder, 'cm-%n');
    const lines = `  ControlMaster auto\n  ControlPath ${control}\n  ControlPersist yes\n`;
    writeFileSync(this.#sshConfig, this.#plainSshConfig + lines);
    for (const name of names) this.#ssh([name, 'true']);
  }

  /** Has stock clients open a connection for each build again. */
  endSshMasters(): void {
    for (const name of names) this.#ssh(['-O', 'exit', name]);
    writeFileSync(this.#sshConfig, this.#plainSshConfig);
  }

  #ssh(words: readonly string[]): void {
    const options = { stdio: 'ignore', env: this.farm.hub.env } as const;
    execFileSync('ssh', ['-F', this.#sshConfig, ...words], options);
  }
}
