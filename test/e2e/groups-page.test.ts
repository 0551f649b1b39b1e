import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { isShown, type PageBlock, pageBlocks } from './page-blocks.ts';
import { PageShell } from './page-shell.ts';

const blocks = pageBlocks('groups.md');
let farm: Farm;
let shell: PageShell;

/** What the page says that machines need, as their settings. */
function pageSettings(): Record<string, string> {
  const lines = blocks
    .filter(({ language }) => language === 'ini')
    .flatMap(({ text }) => text.trim().split('\n'));
  return Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]));
}

beforeAll(async () => {
  const settings = pageSettings();
  const features = ['dispatch-group'];
  farm = await startFarm({
    builders: [
      { name: 'lab-1', ssh: true, slots: 2, features, settings },
      { name: 'lab-2', ssh: true, slots: 2, features, settings },
    ],
  });
  shell = new PageShell(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

test('whoever does what the page says, block by block, sees what it shows', async () => {
  let printed = '';
  for (const block of blocks) {
    if (block.file !== undefined) shell.write(block.file, block.text);
    else if (block.language === 'sh') printed = await typed(block);
    else if (block.language === 'text') expect(missing(block, printed)).toEqual([]);
  }
});

async function typed({ text }: PageBlock): Promise<string> {
  const { code, stdout, stderr } = await shell.run(text);
  expect(code, `${text}${stdout}${stderr}`).toBe(0);
  return `${stdout}${stderr}`;
}

function missing({ text }: PageBlock, printed: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !isShown(line, printed));
}
