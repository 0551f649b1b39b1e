import type { CoordinatorLog } from '@dispatch/coordinator/serve/coordinator';

/** A coordinator's log, until it ends. */
interface ServeLog extends CoordinatorLog {
  /** Everything that was told is written when this resolves. */
  end(): Promise<void>;
}

/**
 * Lines of JSON on standard error. What writes them is loaded meanwhile: whoever starts a coordinator
 * waits for it, and not for its log.
 */
export function openServeLog(): ServeLog {
  let written = import('pino').then(({ destination, pino }) => ({
    logger: pino({ name: 'dispatch' }, destination({ dest: 2, sync: true })),
  }));
  const write = (level: 'info' | 'warn', facts: object, what: string): void => {
    written = written.then((it) => {
      it.logger[level](facts, what);
      return it;
    });
  };
  return {
    info: (facts, what) => write('info', facts, what),
    warn: (facts, what) => write('warn', facts, what),
    end: async () => void (await written),
  };
}
