import { cannotListen } from './cannot-listen.ts';

/** What Linux has room for in the address of a Unix socket, without the zero at its end. */
const longestPath = 107;

/**
 * Throws `cannot-listen` for a path that is not plainly one of a file: it goes into commands and
 * answers of a machine, whose shell need not know our idea of quotes.
 */
export function checkSocketPath(path: string): void {
  const isPlain = /^(?:\/(?!\.\.?(?:\/|$))[\w.+-]+){2,}$/.test(path);
  if (isPlain && path.length <= longestPath) return;
  const advice = `use an absolute path of letters, digits and ._+-, of at most ${longestPath} characters`;
  throw cannotListen(path, 'it is no path for a socket', advice);
}
