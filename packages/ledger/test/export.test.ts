import { describe, expect, test } from 'vitest';
import { exportLedger, exportText } from '../src/export-lines.ts';
import { importLedger, parseExport } from '../src/import-lines.ts';
import type { Ledger } from '../src/ledger.ts';
import { openLedger } from '../src/open-ledger.ts';
import { temporaryFolders } from './support/folder.ts';
import { change, drv, identity, path, record } from './support/samples.ts';

const folder = temporaryFolders();
const bytes = (text: string) => new TextEncoder().encode(text);
const header = '{"format":"dispatch-ledger","version":1,"variable":"dispatchSerial"}';
const goodLine = exportText('dispatchSerial', [record(identity('good', 'good-out'), 1)]).split(
  '\n',
)[1];

async function filled(url: string, labels: readonly string[], author: string): Promise<Ledger> {
  const ledger = await openLedger(url);
  for (const label of labels) {
    const of = identity(label, `${label}-out`);
    await ledger.poison.append(
      change(of, 'poison', { author, reason: 'flaky\n"so" ütf-8 \u2028' }),
    );
  }
  return ledger;
}

describe('export', () => {
  test('is a header and sorted lines, each field at its place', async () => {
    const a = { drvPath: drv('a'), outputPaths: [path('z'), path('b'), path('z')] };
    const text = exportText('dispatchSerial', [record(a, 2, { effect: 'clear' }), record(a, 1)]);
    const outputPaths = JSON.stringify([path('z'), path('b')].toSorted());
    const rest = '"author":"ann","time":"2023-11-14T22:13:20.000Z","reason":"bad"}';
    expect(text.split('\n')).toEqual([
      header,
      `{"drvPath":"${drv('a')}","outputPaths":${outputPaths},"epoch":1,"effect":"poison",${rest}`,
      `{"drvPath":"${drv('a')}","outputPaths":${outputPaths},"epoch":2,"effect":"clear",${rest}`,
      '',
    ]);
  });

  test.each(['memory:', 'lmdb:'])(
    'two ledgers (%s) brought together are byte for byte one',
    async (scheme) => {
      const url = () => (scheme === 'memory:' ? scheme : `lmdb:${folder()}`);
      const mine = await filled(url(), ['a', 'b', 'c'], 'me');
      const yours = await filled('memory:', ['b', 'c', 'd'], 'you');
      await yours.poison.append(change(identity('d'), 'clear'));
      const exports = [await exportLedger(mine), await exportLedger(yours)];
      const texts: string[] = [];
      for (const order of [exports, exports.toReversed()]) {
        const ledger = await openLedger(url());
        for (const text of order) await importLedger(ledger, bytes(text), 'x.jsonl');
        texts.push(await exportLedger(ledger));
        await ledger.close();
      }
      await importLedger(mine, bytes(exports[1] ?? ''), 'yours.jsonl');
      expect(texts[0]).toBe(texts[1]);
      expect(await exportLedger(mine)).toBe(texts[0]);
      expect(
        (await mine.poison.lookup([identity('b'), identity('d')])).map((s) => s.serial),
      ).toEqual([1, 0]);
      const again = await importLedger(mine, bytes(texts[0] ?? ''), 'x.jsonl');
      expect(again).toEqual({ added: 0, alreadyKnown: 7, changes: [] });
      await mine.close();
    },
  );

  test('lines that git put together (any order, repeated, both headers) are read', () => {
    const other = exportText('dispatchSerial', [record(identity('b'), 3)]).split('\n')[1];
    const text = [header, other, header, goodLine, other, ''].join('\n');
    const { records } = parseExport(bytes(text), 'x.jsonl');
    expect(records.map((each) => each.epoch)).toEqual([3, 1, 3]);
  });
});

describe('an import that is refused changes nothing', () => {
  const refused: readonly [string, string, string, number | undefined, RegExp][] = [
    [
      'cut off in mid-line',
      `${header}\n${goodLine}\n${goodLine?.slice(0, 50)}`,
      'truncated-import',
      3,
      /cut off/,
    ],
    [
      'cut off before its last line end',
      `${header}\n${goodLine}`,
      'truncated-import',
      2,
      /cut off/,
    ],
    ['empty', '', 'truncated-import', 1, /cut off/],
    [
      'of a later version',
      '{"format":"dispatch-ledger","version":2,"next":[]}\n',
      'unknown-version',
      1,
      /version 2.*version 1/,
    ],
    ['without a header', `${goodLine}\n`, 'bad-import', 1, /line 1/],
    [
      'not JSON',
      `${header}\n${goodLine}\nhello\n`,
      'bad-import',
      3,
      /line 3: the line is not JSON/,
    ],
    [
      'with an empty line',
      `${header}\n\n${goodLine}\n`,
      'bad-import',
      2,
      /line 2: the line is empty/,
    ],
    [
      'with a conflict',
      `${header}\n<<<<<<< HEAD\n${goodLine}\n`,
      'bad-import',
      2,
      /merge conflict/,
    ],
    ['a list', `${header}\n[]\n`, 'bad-import', 2, /expected object/],
    [
      'with a field too many',
      `${header}\n${goodLine?.replace('{', '{"x":1,')}\n`,
      'bad-import',
      2,
      /x/,
    ],
    [
      'with a foreign path',
      `${header}\n${goodLine?.replace('/nix/store/', '/../')}\n`,
      'bad-import',
      2,
      /drvPath.*store/,
    ],
    [
      'with a path that moves the cursor',
      `${header}\n${goodLine?.replace('/nix/store/', '/nix/\u009b2J/')}\n`,
      'bad-import',
      2,
      /drvPath.*store/,
    ],
    [
      'with epoch 0',
      `${header}\n${goodLine?.replace('"epoch":1', '"epoch":0')}\n`,
      'bad-import',
      2,
      /epoch/,
    ],
    [
      'beyond 2^31',
      `${header}\n${goodLine?.replace('"epoch":1', '"epoch":2147483649')}\n`,
      'bad-import',
      2,
      /epoch/,
    ],
    [
      'with a date that is none',
      `${header}\n${goodLine?.replace('-11-14T', '-02-30T')}\n`,
      'bad-import',
      2,
      /real date/,
    ],
    [
      'with terminal escapes',
      `${header}\n${goodLine?.replace('ann', '\\u001b[2J')}\n`,
      'bad-import',
      2,
      /author.*control/,
    ],
    [
      'with a far jump',
      `${header}\n${goodLine?.replace('"epoch":1', '"epoch":1001')}\n`,
      'far-jump',
      undefined,
      /1001/,
    ],
    [
      'under another variable',
      `${header.replace('dispatchSerial', 'serial')}\n${goodLine}\n`,
      'variable-mismatch',
      undefined,
      /'dispatchSerial'.*'serial'/,
    ],
  ];

  test.each(refused)('%s', async (_, text, code, line, message) => {
    const ledger = await filled('memory:', ['a'], 'me');
    const before = await exportLedger(ledger);
    const error: unknown = await importLedger(ledger, bytes(text), 'x.jsonl').catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code, line, message: expect.stringMatching(message) });
    expect(await exportLedger(ledger)).toBe(before);
  });

  test('not UTF-8: said so, or cut off when it ends inside a character', () => {
    const latin = Uint8Array.of(...bytes(`${header}\n`), 0xe9, 0x0a);
    expect(() => parseExport(latin, 'x')).toThrow(/not UTF-8/);
    const cut = bytes(`${header}\n${goodLine?.replace('bad', 'ü')}\n`);
    const inside = cut.subarray(0, cut.indexOf(0xbc));
    expect(() => parseExport(inside, 'x')).toThrow(/line 2: the file was cut off/);
  });

  test('every cut of a file is noticed, or is the start of it up to a whole line', () => {
    const whole = bytes(
      exportText('dispatchSerial', [record(identity('a'), 1), record(identity('b'), 1)]),
    );
    const cuts = Array.from(whole, (_, length) => whole.subarray(0, length));
    for (const cut of cuts.filter((each) => each.at(-1) === 0x0a)) {
      expect(parseExport(cut, 'x').records.length).toBeLessThan(2);
    }
    for (const cut of cuts.filter((each) => each.at(-1) !== 0x0a)) {
      expect(() => parseExport(cut, 'x')).toThrow(/cut off/);
    }
  });
});
