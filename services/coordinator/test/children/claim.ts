// Waits for a moment, tries to take a place, says whether it has it, and stays: `claim.ts LEDGER AT`.
import { claimPlace } from '../../src/place/claim.ts';
import { placeOf, preparePlace } from '../../src/place/place.ts';

const [ledger = '', at = ''] = process.argv.slice(2);
const place = placeOf(ledger, '/nowhere');
preparePlace(place);
while (Date.now() < Number(at));
process.stdout.write(`${claimPlace(place) ? 'mine' : 'taken'}\n`);
setInterval(() => {}, 1000);
