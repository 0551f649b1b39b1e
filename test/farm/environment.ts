import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Our environment without what a user's shell sets for Nix, with caches and state inside the farm's folder. That
 * folder also marks every process that gets this environment as the farm's.
 */
export function cleanEnvironment(farmFolder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NIX|XDG)_/.test(name));
  return { ...Object.fromEntries(inherited), ...userFolders(farmFolder) };
}

function userFolders(farmFolder: string): NodeJS.ProcessEnv {
  const home = join(farmFolder, 'home');
  mkdirSync(home, { recursive: true });
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
  };
}
