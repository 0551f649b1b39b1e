import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from '../src/wire/line-reader.ts';

test('lines come out as they went in, wherever the bytes are cut', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const reader = new LineReader(1000);
      const read: string[] = [];
      let from = 0;
      for (const size of [...cuts, bytes.length]) {
        read.push(...reader.take(bytes.subarray(from, from + size)));
        from += size;
      }
      expect(read).toEqual(lines);
    }),
  );
});

test('a line that is too long is refused as soon as that is seen, and not kept', () => {
  const reader = new LineReader(10);
  expect([...reader.take(Buffer.from('0123456789\n'))]).toEqual(['0123456789']);
  expect([...reader.take(Buffer.from('01234'))]).toEqual([]);
  expect(() => [...reader.take(Buffer.from('567890'))]).toThrow('longer than 10 bytes');
});
