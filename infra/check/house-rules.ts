import { basename } from 'node:path';
import { report, type SourceFile, sourceFiles } from './source-tree.ts';

/** What the linter has no rule for: names that say nothing, and functions and classes that nobody explains. */
function problemsOf(file: SourceFile): string[] {
  return [...nameProblems(file), ...undocumented(file)];
}

const sayNothing = /^(utils?|helpers?|common|misc|types\d+|index)\.(ts|mjs|js)$/;

function nameProblems({ path }: SourceFile): string[] {
  return sayNothing.test(basename(path)) ? [`${path}: its name does not say what is in it`] : [];
}

const exported = /^export (?:abstract |async )*(?:function\*?|class) (\w+)/;

function undocumented({ path, text }: SourceFile): string[] {
  if (!/\/src\//.test(path)) return [];
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = exported.exec(line)?.[1];
    const before = lines[index - 1] ?? '';
    // Overloads follow one another: the first one's comment is for all.
    if (name === undefined || before.endsWith('*/') || exported.exec(before)?.[1] === name)
      return [];
    return [`${path}:${index + 1}: no comment says what ${name} is for`];
  });
}

const root = process.argv[2] ?? '.';
const folders = ['packages', 'services', 'infra', 'proto', 'test'];
const files = folders.flatMap((folder) => sourceFiles(root, folder, ['.ts', '.mjs', '.js']));
report('house rules', files.flatMap(problemsOf));
