import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type Layer, layers } from './layer-table.ts';
import { foldersIn, report, type SourceFile, sourceFiles } from './source-tree.ts';

const scope = '@dispatch/';
const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*'([^'\n]+)'/g;
const impurePattern = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bfetch\(/g;

/** Everything in this checkout that breaks the table of layers. */
function problemsIn(root: string): string[] {
  const folders = [...foldersIn(root, 'packages'), ...foldersIn(root, 'services')];
  return folders.flatMap((folder) => {
    const layer = layers[folder];
    if (layer === undefined) return [`${folder}: has no place in infra/check/layer-table.ts`];
    return packageProblems(root, folder, layer);
  });
}

function packageProblems(root: string, folder: string, layer: Layer): string[] {
  const sources = sourceFiles(root, `${folder}/src`, ['.ts']);
  const tests = sourceFiles(root, `${folder}/test`, ['.ts']);
  return [
    ...[...sources, ...tests].flatMap((file) => upwardImports(file, layer, folder)),
    ...sources.flatMap((file) => importsOutside(file, folder)),
    ...(layer.pure ? sources.flatMap((file) => impurities(file, layer)) : []),
    ...(sources.length > 0 ? declarationProblems(root, folder, sources) : []),
  ];
}

function upwardImports(file: SourceFile, layer: Layer, folder: string): string[] {
  const allowed = new Set([...layer.uses, nameOf(folder)]);
  return ourImports(file)
    .filter((name) => !allowed.has(name))
    .map((name) => `${file.path}: imports ${scope}${name}, which is not below ${folder}`);
}

function importsOutside(file: SourceFile, folder: string): string[] {
  return imports(file)
    .filter((target) => target.startsWith('.'))
    .filter((target) => !normalize(join(file.path, '..', target)).startsWith(`${folder}/`))
    .map((target) => `${file.path}: reaches out of its package with ${target}`);
}

function impurities(file: SourceFile, layer: Layer): string[] {
  const libraries = layer.pure?.libraries ?? [];
  const foreign = imports(file)
    .filter((target) => !target.startsWith('.') && !target.startsWith(scope))
    .filter((target) => !libraries.some((one) => target === one || target.startsWith(`${one}/`)));
  const globals = [...withoutComments(file.text).matchAll(impurePattern)].map(([use]) => use);
  return [...foreign, ...globals].map((use) => `${file.path}: a pure package may not use ${use}`);
}

/** Imports of the sources, dependencies in package.json and references in tsconfig.json must be the same. */
function declarationProblems(root: string, folder: string, sources: SourceFile[]): string[] {
  const imported = new Set(sources.flatMap(ourImports));
  imported.delete(nameOf(folder));
  return [
    ...difference(imported, declared(root, folder), `${folder}/package.json`),
    ...difference(imported, referred(root, folder), `${folder}/tsconfig.json`),
  ];
}

function difference(imported: Set<string>, named: Set<string>, file: string): string[] {
  const missing = [...imported].filter((name) => !named.has(name));
  const needless = [...named].filter((name) => !imported.has(name));
  return [
    ...missing.map((name) => `${file}: does not name ${name}, which the sources import`),
    ...needless.map((name) => `${file}: names ${name}, which the sources do not import`),
  ];
}

function declared(root: string, folder: string): Set<string> {
  const { dependencies = {} } = readJson(root, folder, 'package.json') as {
    dependencies?: Record<string, string>;
  };
  const ours = Object.keys(dependencies).filter((name) => name.startsWith(scope));
  return new Set(ours.map((name) => name.slice(scope.length)));
}

function referred(root: string, folder: string): Set<string> {
  const { references = [] } = readJson(root, folder, 'tsconfig.json') as {
    references?: { path: string }[];
  };
  return new Set(references.map(({ path }) => nameOf(path)));
}

function readJson(root: string, folder: string, file: string): unknown {
  const path = join(root, folder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

function imports(file: SourceFile): string[] {
  const found = [...withoutComments(file.text).matchAll(importPattern)];
  return found.map(([, target]) => target ?? '');
}

function ourImports(file: SourceFile): string[] {
  const ours = imports(file).filter((target) => target.startsWith(scope));
  return ours.map((target) => target.slice(scope.length).split('/')[0] ?? '');
}

/**
 * The text without comments, which may mention imports and globals without using them; good enough for these
 * checks.
 */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

report('layers', problemsIn(process.argv[2] ?? '.'));
