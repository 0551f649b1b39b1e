import { exitText } from '@dispatch/engine/report/exit-text';
import { oneLine } from './terminal.ts';

/** What ended a group, and the member that it came from, if it was one. */
interface Cause {
  readonly member?: string | undefined;
  readonly reason: string;
}

/** The cause of a group's end, for a line that names the group already. */
export function causeText(cause: Cause | undefined): string {
  if (cause === undefined) return 'it is not known why';
  const reason = oneLine(exitText(cause.reason));
  return cause.member === undefined ? reason : `${oneLine(cause.member)}: ${reason}`;
}
