import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFarm } from '../../test/farm/farm.ts';
import { Pty } from '../../test/terminal/pty.ts';
import { type Frame, frameOf } from './frame.ts';
import { svgOf } from './svg.ts';

/** Records `dispatch build` on two builders, and draws what a person would have seen. */
const checkout = join(import.meta.dirname, '..', '..');
const picture = join(checkout, 'docs', 'live-view.svg');
const size = { columns: 108, rows: 22 };

await using farm = await startFarm({
  builders: [
    { name: 'builder-1', slots: 2, ssh: true },
    { name: 'builder-2', slots: 2, ssh: true },
  ],
});
const folder = join(farm.folder, 'home', 'project');
mkdirSync(folder, { recursive: true });
copyFileSync(join(import.meta.dirname, 'world.nix'), join(folder, 'world.nix'));
const machines = farm.builders.map((builder) => `${builder.stockMachineLine}\n`).join('');
writeFileSync(join(farm.hub.env['NIX_CONF_DIR'] ?? '', 'machines'), machines);
const env = {
  ...farm.hub.env,
  DISPATCH_AUTHOR: 'Ann <ann@example.org>',
  PATH: `${join(checkout, 'node_modules', '.bin')}:${process.env['PATH']}`,
};

const build = 'dispatch build -f world.nix -A world --no-link';
// Built once before, so that it is known how long each step takes; then something turns out to be bad.
await seen(`${build} --quiet`);
const bad = ['zlib', 'sqlite', 'pcre', 'expat'].map((name) => `-A ${name}`).join(' ');
await seen(`dispatch poison -f world.nix ${bad} --reason 'built on a faulty board' --yes`);
const recording = await recorded(build);
// Leave out the empty terminal; and where a picture cannot move, the poisoned derivation should be seen.
const frames = recording.slice(
  recording.findIndex((frame) => frame.filter((row) => row.length > 0).length > 1),
);
writeFileSync(picture, svgOf(frames, Math.floor(frames.length / 8), size));
process.stdout.write(`wrote ${picture}: ${frames.length} frames\n`);

async function seen(command: string): Promise<void> {
  const pty = new Pty(command, { env, folder, ...size });
  if ((await pty.ended) === 0) return;
  throw new Error(`${command} failed:\n${(await pty.emulator.lines()).join('\n')}`);
}

/** Records one frame a second, with the command as it was typed above. */
async function recorded(command: string): Promise<Frame[]> {
  const pty = new Pty(`printf '\\033[1m$ ${command}\\033[0m\\n'; ${command}`, {
    env,
    folder,
    ...size,
  });
  const all: Frame[] = [];
  for (;;) {
    const code = await Promise.race([pty.ended, sleep(1000)]);
    await pty.emulator.settled();
    all.push(frameOf(pty.emulator));
    if (code !== undefined) return all;
  }
}
