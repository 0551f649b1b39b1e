import { startAhead } from './coordinator/start-ahead.ts';

startAhead(process.argv.slice(2));
void import('./main.ts');
