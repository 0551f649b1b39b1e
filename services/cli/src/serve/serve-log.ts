import type { CoordinatorLog } from '@dispatch/coordinator/serve/coordinator';

/** A coordinator's log, until it ends. */
interface ServeLog extends CoordinatorLog {
  /** Everything that was told is written when this resolves. */
  end(): Promise<void>;
}

/** What writes the log takes longer to load than anything else, and nobody waits for its lines. */
const loadsAfterMs = 1000;

/** Lines of JSON on standard error, from the time on at which the first runs may have begun. */
export function openServeLog(): ServeLog {
  let begin: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  setTimeout(() => begin?.(), loadsAfterMs);
  let written = begun
    .then(() => import('pino'))
    .then(({ destination, pino }) => {
      const standardError = destination({ dest: 2, sync: true });
      // On a disk that is full the builds go on, and the log does not.
      standardError.on('error', () => {});
      return { logger: pino({ name: 'dispatch', timestamp: false }, standardError) };
    });
  const write = (level: 'info' | 'warn', facts: object, what: string): void => {
    const time = Date.now();
    written = written.then((it) => {
      it.logger[level]({ time, ...facts }, what);
      return it;
    });
  };
  return {
    info: (facts, what) => write('info', facts, what),
    warn: (facts, what) => write('warn', facts, what),
    end: async () => {
      begin?.();
      await written;
    },
  };
}
