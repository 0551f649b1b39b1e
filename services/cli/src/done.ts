import { endIfDone } from './done/end-if-done.ts';
import { fail } from './fail.ts';

/** `dispatch build` of what seems to be done; where that is not so, the whole of dispatch takes over. */
async function main([, ...words]: readonly string[]): Promise<void> {
  if (!(await endIfDone(words))) await import('./whole.ts');
}

void main(process.argv.slice(2)).catch(fail);
