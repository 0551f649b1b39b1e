import { cannotListen } from './cannot-listen.ts';

/**
 * The room for a path in the address of a Unix socket on Linux, without the zero byte at its end.
 */
const longestPath = 107;

/**
 * Throws `cannot-listen` for a path with unusual characters: it becomes part of commands and
 * answers on a machine whose shell may quote differently than we do.
 */
export function checkSocketPath(path: string): void {
  const isPlain = /^(?:\/(?!\.\.?(?:\/|$))[\w.+-]+){2,}$/.test(path);
  if (isPlain && path.length <= longestPath) return;
  const advice = `use an absolute path of letters, digits and ._+-, of at most ${longestPath} characters`;
  throw cannotListen(path, 'it is no path for a socket', advice);
}
