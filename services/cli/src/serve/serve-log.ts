import type { CoordinatorLog } from '@dispatch/coordinator/serve/coordinator';

/** A coordinator's log, which is closed at its end. */
interface ServeLog extends CoordinatorLog {
  /** Resolves when every line is written. */
  end(): Promise<void>;
}

/** pino takes longer to load than anything else and nobody waits for its lines, so it is loaded later. */
const loadsAfterMs = 1000;

/** Lines of JSON on standard error, held back at first so that loading pino does not delay the first runs. */
export function openServeLog(): ServeLog {
  let begin: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  setTimeout(() => begin?.(), loadsAfterMs);
  let written = begun
    .then(() => import('pino'))
    .then(({ destination, pino }) => {
      const standardError = destination({ dest: 2, sync: true });
      // When the disk is full, the log stops and the builds go on.
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
