import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Oracle, oracleOrSkip, unpackedOrSkip } from '../../../test/data.ts';
import {
  addDrvs,
  copyOfDrvs,
  dispatch,
  printed,
  rewrite,
  temporaryFolder,
} from './rewrite-command.ts';

const oracles = [
  ['oracle-hello-expat', 'drvs-hello'],
  ['oracle-hello-curl', 'drvs-hello'],
  ['oracle-core-git-krb5', 'drvs-core-git'],
] as const;

const published = JSON.parse(
  readFileSync(new URL('../../../proto/rewrite-output.schema.json', import.meta.url), 'utf8'),
) as Parameters<typeof z.fromJSONSchema>[0];

function serialsOf(oracle: Oracle): Record<string, number> {
  return Object.fromEntries(oracle.poisoned.map(({ old }) => [old, Number(oracle.value)]));
}

describe.each(oracles)('what stock Nix made of %s', (name, base) => {
  test('is what is printed, and what is written', (context) => {
    const oracle = oracleOrSkip(context, name);
    const out = temporaryFolder();
    const words = ['--serial-variable', oracle.attribute, '--write', out];
    const result = printed(rewrite(unpackedOrSkip(context, base), serialsOf(oracle), words));
    const { oldDrvs, changed, changedFixedOutput, changedSameOutputs } = oracle.counts;
    expect(result.counts).toEqual({
      derivations: oldDrvs,
      poisoned: oracle.poisoned.length,
      changed,
      changedFixedOutput,
      changedSameOutputs,
    });
    expect(result.roots).toEqual(Object.fromEntries(oracle.tops.map((top) => [top.old, top.new])));
    const expected = oracle.changed.map(({ old, new: drvPath, outputs }) => [
      old,
      {
        drvPath,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([output, paths]) => [
            output,
            { original: paths.old, rewritten: paths.new },
          ]),
        ),
      },
    ]);
    expect(result.derivations).toMatchObject(Object.fromEntries(expected));
    expect(Object.keys(result.derivations)).toHaveLength(changed);
    const theirs = join(unpackedOrSkip(context, name), 'nix/store');
    const ours = join(out, 'nix/store');
    expect(readdirSync(ours).toSorted()).toEqual(readdirSync(theirs).toSorted());
    for (const file of readdirSync(theirs)) {
      expect(readFileSync(join(ours, file)).equals(readFileSync(join(theirs, file)))).toBe(true);
    }
  });

  test('maps back to the originals without being told the serial', (context) => {
    const oracle = oracleOrSkip(context, name);
    const folder = copyOfDrvs(unpackedOrSkip(context, base));
    addDrvs(unpackedOrSkip(context, name), folder);
    const roots = oracle.tops.map((top) => top.new);
    const words = ['--serial-variable', oracle.attribute, ...roots];
    const result = printed(rewrite(folder, {}, words));
    expect(result.roots).toEqual(Object.fromEntries(roots.map((root) => [root, root])));
    const mapped = Object.entries(result.derivations).map(([given, one]) => [given, one.original]);
    expect(Object.fromEntries(mapped)).toEqual(
      Object.fromEntries(oracle.changed.map((one) => [one.new, one.old])),
    );
    for (const { old } of oracle.poisoned) {
      const one = Object.values(result.derivations).find(({ original }) => original === old);
      expect(one?.reason).toEqual({ poisoned: 1 });
    }
    // The original's path is a key, although only its rewritten form was given.
    const raised = printed(rewrite(folder, { [oracle.poisoned[0]?.old ?? '']: 2 }, words));
    expect(raised.roots).not.toEqual(result.roots);
    const lower = Object.fromEntries(oracle.poisoned.map((one) => [one.new, 1]));
    expect(printed(rewrite(folder, lower, words))).toEqual(result);
  });
});

describe('the output', () => {
  test('is valid by the published schema, and is all that is printed', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-expat');
    const ran = rewrite(unpackedOrSkip(context, 'drvs-hello'), serialsOf(oracle));
    expect(ran.stderr).toBe('');
    expect(ran.stdout.endsWith('}\n')).toBe(true);
    const schema = z.fromJSONSchema(published);
    expect(schema.safeParse(JSON.parse(ran.stdout)).error).toBeUndefined();
    expect(schema.safeParse({ ...printed(ran), more: 1 }).success).toBe(false);
  });

  test('arrives whole through a pipe whose reader is slow, and quietly ends when it stops', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-expat');
    const drvs = unpackedOrSkip(context, 'drvs-hello');
    const serials = join(temporaryFolder(), 'serials.json');
    writeFileSync(serials, JSON.stringify(serialsOf(oracle)));
    const words = ['rewrite', '--drvs', drvs, '--serials', serials];
    const whole = dispatch(words).stdout;
    const program = new URL('../bin/dispatch', import.meta.url).pathname;
    const through = (reader: string) =>
      dispatchThrough(reader, [process.execPath, program, ...words]);
    expect(through('sleep 0.3; cat').stdout).toBe(whole);
    expect(through('head -c 1 >/dev/null')).toMatchObject({ stdout: '', stderr: '' });
  });

  test('is the same for roots by path, by file, on standard input, and for none', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-expat');
    const drvs = unpackedOrSkip(context, 'drvs-hello');
    const top = oracle.tops[0]?.old ?? '';
    const all = printed(rewrite(drvs, serialsOf(oracle)));
    expect(printed(rewrite(drvs, serialsOf(oracle), [top]))).toEqual(all);
    expect(printed(rewrite(drvs, serialsOf(oracle), ['--roots', '-'], `${top}\n\n`))).toEqual(all);
    const file = join(drvs, top);
    expect(printed(rewrite(drvs, serialsOf(oracle), [file]))).toEqual({
      ...all,
      roots: { [file]: all.roots[top] },
    });
  });

  test('names roots as they were given, also with the outputs that somebody wants of them', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-expat');
    const drvs = unpackedOrSkip(context, 'drvs-hello');
    const top = oracle.tops[0]?.old ?? '';
    const all = printed(rewrite(drvs, serialsOf(oracle), [top]));
    const names = [`${top}!dev`, `${top}^out,dev`, `${top}!*`, join(drvs, `${top}!out`)];
    expect(printed(rewrite(drvs, serialsOf(oracle), ['--roots', '-'], names.join('\n')))).toEqual({
      ...all,
      roots: Object.fromEntries(names.map((name) => [name, all.roots[top]])),
    });
    expect(rewrite(drvs, {}, [`${top}!`]).status).toBe(1);
  });

  test('is that of the highest serial where a derivation is named in two ways', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-expat');
    const drvs = unpackedOrSkip(context, 'drvs-hello');
    const path = oracle.poisoned[0]?.old ?? '';
    const highest = printed(rewrite(drvs, { [path]: 2 }));
    const file = join(drvs, path);
    expect(printed(rewrite(drvs, { [path]: 2, [file]: 1 }))).toEqual(highest);
    expect(printed(rewrite(drvs, { [path]: 1, [file]: 2 }))).toEqual(highest);
  });

  test('does not hang on what else lies in the folder when roots are given', (context) => {
    const oracle = oracleOrSkip(context, 'oracle-hello-curl');
    const drvs = unpackedOrSkip(context, 'drvs-hello');
    const junk = copyOfDrvs(drvs);
    writeFileSync(join(junk, 'notes.drv'), 'not a derivation');
    writeFileSync(join(junk, `${'0'.repeat(32)}-corrupt.drv`), 'Derive(');
    const roots = oracle.tops.map((top) => top.old);
    const clean = rewrite(drvs, serialsOf(oracle), roots);
    expect(printed(rewrite(junk, serialsOf(oracle), roots))).toEqual(printed(clean));
  });
});

function dispatchThrough(reader: string, words: readonly string[]) {
  const script = `"$@" | { ${reader}; }`;
  return spawnSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
}
