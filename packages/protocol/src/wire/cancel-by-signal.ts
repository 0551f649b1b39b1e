import { ProtocolError } from '../errors.ts';
import type { Link } from './link.ts';

/** Makes `signal` end the link; returns a function that undoes this. */
export function cancelBySignal(link: Link, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const cancel = (): void => {
    const cause: unknown = signal.reason;
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    link.fail(new ProtocolError('cancelled', `cancelled${why}`, { cause }));
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
