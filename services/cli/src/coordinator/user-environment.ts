const prefixes = /^(NIX_|LC_)/;

const names: ReadonlySet<string> = new Set([
  'DISPATCH_SSH',
  'HOME',
  'LANG',
  'LOGNAME',
  'PATH',
  'SHELL',
  'SSH_AUTH_SOCK',
  'TMPDIR',
  'USER',
  'XDG_CONFIG_DIRS',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'XDG_STATE_HOME',
]);

/**
 * What a user's environment says about machines and stores, and what programs need that are run for
 * them (`ssh`, `nix-daemon`). Whose environments agree in this, share connections.
 */
export function userEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const chosen = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && (prefixes.test(name) || names.has(name)),
  );
  return Object.fromEntries(chosen) as Record<string, string>;
}
