import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Emulator } from '../../../test/terminal/emulator.ts';
import { Block } from '../src/live/block.ts';
import type { StyledLine } from '../src/live/styled-line.ts';
import type { Tty } from '../src/live/tty.ts';

/** The emulator as a view has it, which hears of a new size by itself. */
function ttyOf(emulator: Emulator): Tty {
  return {
    write: (text) => emulator.write(text),
    get columns() {
      return emulator.columns;
    },
    get rows() {
      return emulator.rows;
    },
    onResize: () => ({ [Symbol.dispose]: () => undefined }),
  };
}

function row(text: string): StyledLine {
  return [{ text: text.slice(0, 1), colour: 'red' }, { text: text.slice(1) }];
}

const word = fc.stringMatching(/^[a-z]{1,10}$/);

const frame = fc.record({
  above: fc.array(
    fc.integer({ min: 1, max: 130 }).map((length) => 'above'.repeat(26).slice(0, length)),
    { maxLength: 4 },
  ),
  block: fc.array(word, { maxLength: 4 }),
  columns: fc.option(fc.integer({ min: 40, max: 100 }), { freq: 3 }),
  /**
   * Enough for a block also when each of its lines is wrapped, and it stands where one as tall was cleared: the
   * emulator leaves the rows below it empty, and scrolls. What left the screen nobody can take back.
   */
  rows: fc.integer({ min: 28, max: 40 }),
});

test('lines above stay once each and whole, and below them there is one block, whatever is resized', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (frames) => {
      const emulator = new Emulator(80, 28);
      const block = new Block(ttyOf(emulator), {});
      const expected: string[] = [];
      let number = 0;
      for (const { above, block: words, columns, rows } of frames) {
        if (columns !== null) {
          await emulator.settled();
          emulator.resize(columns, rows);
        }
        const lines = above.map((text) => `${(number += 1)}${text}`);
        expected.push(...lines);
        // As wide as it may be, so that it is wrapped when the terminal becomes narrower.
        const drawn = words.map((text) =>
          text.padEnd(emulator.columns - 1, '.').slice(0, emulator.columns - 1),
        );
        block.draw(lines, drawn.map(row));
        expect(await emulator.lines()).toEqual(
          expected.length + drawn.length === 0 ? [''] : [...expected, ...drawn],
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('a frame that is the same is not written, and no mode of the terminal stays changed', async () => {
  const emulator = new Emulator();
  const block = new Block(ttyOf(emulator), {});
  block.draw([], [row('one'), row('two')]);
  const { length } = emulator.written;
  block.draw([], [row('one'), row('two')]);
  expect(emulator.written).toHaveLength(length);
  await emulator.settled();
  expect(emulator.modes).toMatchObject({ wraparoundMode: true, synchronizedOutputMode: false });
  expect(emulator.buffer).toMatchObject({ cursorX: 0, cursorY: 2 });
});

test('in colours, unless NO_COLOR forbids them', () => {
  const [colourful, plain] = [new Emulator(), new Emulator()];
  new Block(ttyOf(colourful), { NO_COLOR: '' }).draw([], [row('one')]);
  new Block(ttyOf(plain), { NO_COLOR: '1' }).draw([], [row('one')]);
  expect(colourful.written).toContain('\u001b[31mo\u001b[39mne');
  expect(plain.written).not.toContain('\u001b[3');
});
