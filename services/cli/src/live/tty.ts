import { readFileSync } from 'node:fs';

/** A terminal that is written to. */
export interface Tty {
  write(text: string): unknown;
  /** Never 0, although a terminal may not know how large it is. */
  readonly columns: number;
  readonly rows: number;
  onResize(listener: () => void): Disposable;
}

/** Standard error, which must be a terminal. Its writes are done when they return. */
export function standardErrorTty(): Tty {
  const stream = process.stderr;
  return {
    write: (text) => stream.write(text),
    get columns() {
      return stream.columns > 0 ? stream.columns : 80;
    },
    get rows() {
      return stream.rows > 0 ? stream.rows : 24;
    },
    onResize: (listener) => {
      stream.on('resize', listener);
      return { [Symbol.dispose]: () => void stream.off('resize', listener) };
    },
  };
}

/** Whether the terminal is told to be in a UTF-8 locale. */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/** Whether we are in the foreground of our terminal, and not a background job of a shell. */
export function isInForeground(): boolean {
  try {
    // After the name in parentheses: state, parent, process group, session, terminal, its group.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return foreground === '-1' || foreground === group;
  } catch {
    return true;
  }
}
