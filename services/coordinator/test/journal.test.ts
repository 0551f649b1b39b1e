import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '../src/runs/journal.ts';
import { order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();

function opening(): { id: string; order: typeof order; detached: boolean; startedAt: number } {
  return { id: runId(), order, detached: true, startedAt: 1 };
}

test('what was written and not taken away is taken up by the next, oldest first', async () => {
  const place = newPlace();
  const [one, two, three] = [opening(), opening(), opening()];
  const journal = new Journal(place);
  for (const each of [three, one, two]) await journal.write(each);
  journal.remove(two.id);
  const file = join(place.folder, 'requests', `${one.id}.json`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const left = await new Journal(place).takeUp(() => expect.unreachable());
  expect(left).toMatchObject(JSON.parse(JSON.stringify([one, three])));
});

test('a run that ended three coordinators, and what is no run at all, is laid aside', async () => {
  const place = newPlace();
  const run = opening();
  await new Journal(place).write(run);
  writeFileSync(join(place.folder, 'requests', 'torn.json'), '{"version":1,');
  const refused: string[] = [];
  const takeUp = () => new Journal(place).takeUp((file, why) => refused.push(`${file}: ${why}`));
  expect(await takeUp()).toHaveLength(1);
  expect(refused).toMatchObject([expect.stringContaining('torn.json')]);
  expect(await takeUp()).toHaveLength(1);
  expect(await takeUp()).toEqual([]);
  expect(refused[1]).toMatch(/3 coordinators have ended with it/);
  const names = readdirSync(join(place.folder, 'requests'));
  expect(names.toSorted()).toEqual([`${run.id}.json.refused`, 'torn.json.refused']);
});

test('a disk that is full keeps nothing that was left behind from being taken up, and keeps no torso', async () => {
  const place = newPlace();
  const run = opening();
  await new Journal(place).write(run);
  const file = join(place.folder, 'requests', `${run.id}.json`);
  symlinkSync('/dev/full', `${file}.new`);
  const left = await new Journal(place).takeUp(() => expect.unreachable());
  expect(left).toMatchObject([{ id: run.id }]);
  expect(readdirSync(join(place.folder, 'requests'))).toEqual([`${run.id}.json`]);
});
