import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A source file of the project; `path` is relative to the checkout. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const generated = new Set(['node_modules', 'dist', 'bundle', '.git', '.turbo']);

/** Every file below `folder` whose name has one of the endings, without what was installed or generated. */
export function sourceFiles(
  root: string,
  folder: string,
  endings: readonly string[],
): SourceFile[] {
  return filesBelow(join(root, folder))
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => ({ path: relative(root, file), text: readFileSync(file, 'utf8') }));
}

/** The folders directly below `folder`: its packages. None when it is not there. */
export function foldersIn(root: string, folder: string): string[] {
  return entries(join(root, folder))
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}

/** Prints the problems, one line each, and makes the process fail if there are any. */
export function report(check: string, problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const verdict = problems.length === 0 ? 'in order' : `${problems.length} to mend`;
  process.stdout.write(`${check}: ${verdict}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function filesBelow(folder: string): string[] {
  return entries(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
