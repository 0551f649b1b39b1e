import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One fenced block of a page. */
export interface PageBlock {
  readonly language: string;
  readonly text: string;
  /** The file name in the line before the block, if there is one. */
  readonly file: string | undefined;
}

/** The fenced blocks of a page in docs/, in order. */
export function pageBlocks(page: string): readonly PageBlock[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');
  const fences = text.matchAll(/(?:^|\n)([^\n]*)\n+```(\w+)\n([\s\S]*?)\n```(?=\n)/g);
  return [...fences].map(([, before = '', language = '', inside = '']) => ({
    language,
    text: `${inside}\n`,
    file: /`([\w./-]+)`[^`]*:$/.exec(before)?.[1],
  }));
}

/** Whether a line was printed as the page shows it; `…` stands for any text. */
export function isShown(line: string, printed: string): boolean {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'm').test(printed);
}
