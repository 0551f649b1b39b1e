import { seemsDone } from './done/seems-done.ts';
import { outliveReaders } from './outlive-readers.ts';

outliveReaders();

// The bundle keeps each in a file of its own, so that only the one that is needed is loaded.
void (seemsDone(process.argv.slice(2), process.env) ? import('./done.ts') : import('./whole.ts'));
