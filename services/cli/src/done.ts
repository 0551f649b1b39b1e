import { endIfDone } from './done/end-if-done.ts';
import { fail } from './fail.ts';

/** Runs a `dispatch build` with apparently nothing left to build; if there is something, the whole of dispatch takes over. */
async function main([, ...words]: readonly string[]): Promise<void> {
  if (!(await endIfDone(words))) await import('./whole.ts');
}

void main(process.argv.slice(2)).catch(fail);
