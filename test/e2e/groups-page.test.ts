import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { isShown, type PageBlock, pageBlocks } from './page-blocks.ts';
import { PageShell } from './page-shell.ts';

/** What the page calls its machines. */
const machines = ['lab-1', 'lab-2'];
const blocks = pageBlocks('groups.md');
let farm: Farm;
let shell: PageShell;

beforeAll(async () => {
  const settings = Object.fromEntries(blocks.flatMap(nixSettings));
  const features = ['dispatch-group'];
  const common = { away: true, ownRoot: true, slots: 2, features, settings };
  farm = await startFarm({
    hub: { features },
    builders: machines.map((name) => ({ ...common, name })),
  });
  shell = new PageShell(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

test('whoever does what the page says, block by block, sees what it shows', async () => {
  const failures: string[] = [];
  let printed = '';
  for (const block of blocks.map(withRealMachines)) {
    if (block.file !== undefined) shell.write(block.file, block.text);
    if (block.language === 'sh') {
      const { code, stdout, stderr } = await shell.run(block.text);
      printed = `${stdout}${stderr}`;
      if (code !== 0) failures.push(`${block.text}ended with ${code}: ${printed}`);
    }
    if (block.language === 'text') failures.push(...notPrinted(block, printed));
  }
  expect(failures).toEqual([]);
  expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(4);
}, 120_000);

/** What the page says that machines need. */
function nixSettings({ language, text }: PageBlock): [string, string][] {
  if (language !== 'ini') return [];
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' = ') as [string, string]);
}

function withRealMachines(block: PageBlock): PageBlock {
  const text = machines.reduce(
    (before, name) => before.replaceAll(`ssh-ng://me@${name}`, farm.builder(name).uri),
    block.text,
  );
  return { ...block, text };
}

function notPrinted({ text }: PageBlock, printed: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !isShown(line, printed));
  return lines.map((line) => `it shows ${line}, and this was printed: ${printed}`);
}
