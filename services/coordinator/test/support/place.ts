import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Place, placeOf, preparePlace } from '../../src/place/place.ts';

/** Makes places for coordinators, and takes them away after each test. */
export function temporaryPlaces(): (below?: string) => Place {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return (below = '') => {
    const folder = mkdtempSync(
      join(process.env['DISPATCH_TEST_RUN'] ?? tmpdir(), 'dispatch-place-'),
    );
    made.push(folder);
    const place = placeOf(`lmdb:${join(folder, below)}`, folder);
    preparePlace(place);
    return place;
  };
}
