import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The path of a configuration file that a user may write: in `$XDG_CONFIG_HOME` or `~/.config`. */
export function configFile(name: string, environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CONFIG_HOME'];
  const home = environment['HOME'] ?? homedir();
  const folder =
    configured !== undefined && isAbsolute(configured) ? configured : join(home, '.config');
  return join(folder, 'dispatch', name);
}
