import type { EventSink } from '@dispatch/engine/events';

/** Whether the user wants every event of a run as JSON lines on standard error, for support. */
export function wantsDiagnostics(
  option: boolean | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  return option === true || !['', '0'].includes(environment['DISPATCH_DEBUG'] ?? '');
}

/**
 * Writes events as they happen, without build logs and what members of groups tell each other: these
 * are long, have files of their own, and may be confidential.
 */
export async function openDiagnostics(): Promise<EventSink> {
  const { destination, pino } = await import('pino');
  const logger = pino({ name: 'dispatch' }, destination({ dest: 2, sync: true }));
  return (event) => {
    if (event.type === 'step-log' || event.type === 'group-call') return;
    if (event.type === 'step-ended' || event.type === 'group-ended')
      logger.info({ ...event, lastLines: undefined });
    else logger.info(event);
  };
}
