import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Farm, startFarm } from './farm.ts';
import { groupBuilder } from './group-builders.ts';

const usage =
  'usage: main.ts [--builders N] [--slots N] [--ssh | --away] [--groups] -- COMMAND [ARGUMENT…]';

/**
 * Runs a command inside a throw-away farm and ends the farm with it. The command finds the hub as its own Nix store,
 * and the builders in the machines file that DISPATCH_FARM_MACHINES names.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      builders: { type: 'string', default: '2' },
      slots: { type: 'string', default: '2' },
      ssh: { type: 'boolean', default: false },
      away: { type: 'boolean', default: false },
      groups: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [program, ...args] = positionals;
  if (program === undefined) throw new Error(usage);
  await using farm = await startFarm({
    builders: Array.from({ length: Number(values.builders) }, (_, index) => {
      const name = `builder-${index + 1}`;
      const slots = Number(values.slots);
      if (values.groups) return groupBuilder(name, { slots });
      return { name, slots, ssh: values.ssh, away: values.away };
    }),
  });
  return await runInside(farm, program, args);
}

async function runInside(farm: Farm, program: string, args: readonly string[]): Promise<number> {
  const machines = join(farm.folder, 'machines');
  writeFileSync(machines, farm.machines);
  const env = { ...farm.hub.env, DISPATCH_FARM_MACHINES: machines };
  const child = spawn(program, args, { env, stdio: 'inherit' });
  // Ctrl-C reaches the command without us; we have to outlive it, to end the farm.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 130;
}

process.exitCode = await main();
