import { expect, test } from 'vitest';
import { childProcesses } from '../../../test/farm/child-scripts.ts';
import { placeHolder } from '../src/place/claim.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const start = childProcesses(new URL('children/', import.meta.url));

test('of many that take a place at once, one has it; when that was killed, one of the next', async () => {
  const place = newPlace();
  for (let round = 0; round < 2; round += 1) {
    const at = String(Date.now() + 1500);
    const children = Array.from({ length: 4 }, () => start('claim.ts', place.ledger, at));
    const said = () => children.map((child) => child.lines().join());
    await expect.poll(said, { timeout: 30_000 }).not.toContain('');
    expect(said().toSorted()).toEqual(['mine', 'taken', 'taken', 'taken']);
    const winner = children.find((child) => child.lines()[0] === 'mine');
    expect(placeHolder(place)).toBe(winner?.process.pid);
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map((child) => child.ended));
    expect(placeHolder(place)).toBeUndefined();
  }
});
