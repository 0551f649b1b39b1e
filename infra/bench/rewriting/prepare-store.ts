import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DerivationNode } from '@dispatch/graph/derivation-node';

/** Stores in a world-writable folder are refused by Nix; this one is root's. */
const stores = '/var/lib/dispatch-bench';

/**
 * Makes a store in a folder, once, with the graph's .drv files registered as Nix would have registered them.
 * Returns the NIX_REMOTE for it.
 */
export function prepareStore(name: string, root: string, nodes: readonly DerivationNode[]): string {
  const folder = join(stores, name);
  if (!existsSync(folder)) {
    const aside = `${folder}.new`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    cpSync(join(root, 'nix'), join(aside, 'nix'), { recursive: true });
    register(`local?root=${aside}`, registration(nodes));
    renameSync(aside, folder);
  }
  return `local?root=${folder}`;
}

function register(store: string, input: string): void {
  const environment = { ...process.env, NIX_REMOTE: store };
  const ran = spawnSync('nix-store', ['--load-db'], { input, env: environment, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`nix-store --load-db failed: ${ran.stderr}`);
}

/** What `nix-store --dump-db` would print. Sources are registered by name only: their files are not there. */
function registration(nodes: readonly DerivationNode[]): string {
  const derivations = new Set<string>(nodes.map((node) => node.path));
  const sources = new Set<string>();
  for (const { text } of nodes) {
    for (const source of text.inputSrcs) if (!derivations.has(source)) sources.add(source);
  }
  const entries = [...sources].map((path) => entry(path, []));
  for (const { path, text } of nodes) {
    const inputs = text.inputDrvs.map((input) => input.path);
    entries.push(entry(path, [...new Set([...inputs, ...text.inputSrcs])].toSorted()));
  }
  return entries.join('');
}

/** Stands for every hash: nothing verifies these files but we ourselves. */
const anyHash = '0'.repeat(64);

function entry(path: string, references: readonly string[]): string {
  const lines = [path, anyHash, '1', '', String(references.length), ...references];
  return lines.map((line) => `${line}\n`).join('');
}
