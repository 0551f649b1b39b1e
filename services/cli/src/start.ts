import { seemsDone } from './done/seems-done.ts';
import { outliveReaders } from './outlive-readers.ts';

outliveReaders();

// Each is a file of its own where the command is put into few: what is not needed is not loaded.
void (seemsDone(process.argv.slice(2), process.env) ? import('./done.ts') : import('./whole.ts'));
