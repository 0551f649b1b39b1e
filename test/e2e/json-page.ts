import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'json.md'), 'utf8');

/** The fields in the table below the heading of a command. */
function documented(command: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${command}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, field = '']) => field).toSorted();
}

/** The fields of an answer in the page's notation; fields inside of what is empty remain unseen. */
function fieldsOf(value: unknown, name = ''): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [`${name}[]*`] : value.flatMap((one) => fieldsOf(one, `${name}[]`));
  }
  if (value === null || typeof value !== 'object') return [value === null ? `${name}*` : name];
  return Object.entries(value).flatMap(([key, inner]) => {
    const part = name.endsWith('outputs') ? 'OUTPUT' : key;
    return fieldsOf(inner, name === '' ? part : `${name}.${part}`);
  });
}

/** The differences between page and answers. What is null or empty may stand for any list or object. */
export function differences(command: string, ...answers: readonly string[]): string[] {
  const seen = new Set(answers.flatMap((answer) => fieldsOf(JSON.parse(answer))));
  const known = documented(command);
  const open = [...seen].filter((field) => field.endsWith('*')).map((field) => field.slice(0, -1));
  const sure = [...seen].filter((field) => !field.endsWith('*'));
  const isSeen = (field: string): boolean =>
    sure.includes(field) || open.some((one) => field === one || field.startsWith(`${one}.`));
  return [
    ...sure.filter((field) => !known.includes(field)),
    ...open.filter((field) => !known.some((one) => one.startsWith(field))),
    ...known.filter((field) => !isSeen(field) && !isSeen(field.replace(/\[\]$/, ''))),
  ];
}
