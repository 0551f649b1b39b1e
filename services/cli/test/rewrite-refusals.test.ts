import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type GraphNodes, graphOf } from './hand-made-graph.ts';
import { program, type Ran, rewrite, temporaryFolder } from './rewrite-command.ts';

/** Exit 1, and all that was said in one line on standard error; nothing on standard output. */
function refusal(...said: readonly (RegExp | string)[]): Ran {
  const sources = said.map((one) => (typeof one === 'string' ? escapeRegExp(one) : one.source));
  const line = `^dispatch: ${sources.map((source) => `(?=.*(?:${source}))`).join('')}[^\\n]+\\n$`;
  return { status: 1, stdout: '', stderr: expect.stringMatching(line) as string };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function withGraph(change: (folder: string, graph: GraphNodes) => void = () => undefined) {
  const folder = temporaryFolder();
  const graph = graphOf(folder);
  change(folder, graph);
  return { folder, graph };
}

describe('a serial is refused', () => {
  test('for a key that is not in the folder', () => {
    const { folder } = withGraph();
    const stranger = `/nix/store/${'0'.repeat(32)}-stranger.drv`;
    expect(rewrite(folder, { [stranger]: 1 })).toEqual(refusal(stranger, /not|no derivation/));
  });

  test.each([0, -1, 1.5, 2 ** 31 + 1, '1', null, true])('that is %j', (serial) => {
    const { folder, graph } = withGraph();
    expect(rewrite(folder, { [graph.lower]: serial })).toEqual(refusal(graph.lower, /2\^31/));
  });

  test('but not the highest and the lowest', () => {
    const { folder, graph } = withGraph();
    expect(rewrite(folder, { [graph.lower]: 2 ** 31 }).status).toBe(0);
    expect(rewrite(folder, { [graph.lower]: 1 }).status).toBe(0);
  });

  test('for a fixed-output derivation, and for an impure one', () => {
    const { folder, graph } = withGraph();
    expect(rewrite(folder, { [graph.fixed]: 1 })).toEqual(refusal(graph.fixed, /fixed-output/));
    expect(rewrite(folder, { [graph.impure]: 1 })).toEqual(refusal(graph.impure, /impure/));
  });

  test('for a fixed-output derivation outside the closure of the roots', () => {
    const { folder, graph } = withGraph();
    const ran = rewrite(folder, { [graph.impure]: 1 }, [graph.upper]);
    expect(ran).toEqual(refusal(graph.impure, /impure/));
  });

  test.each([
    ['no object', '[1]'],
    ['no JSON', '{ "a": '],
    ['nothing', ''],
  ])('in a file that holds %s', (_, text) => {
    expect(rewrite(withGraph().folder, text)).toEqual(refusal(/serials\.json/));
  });

  test('under a name that cannot be a variable, or is taken', () => {
    const { folder, graph } = withGraph();
    for (const name of ['__json', 'a b', 'out', 'mark']) {
      const ran = rewrite(folder, { [graph.lower]: 1 }, ['--serial-variable', name]);
      expect(ran).toEqual(refusal(name));
    }
  });
});

describe('a file that is larger than any that is meant is refused', () => {
  test('with serials, through a pipe, which tells no size', () => {
    const { folder } = withGraph();
    const through = (source: string): Ran => {
      const script = `${source} | "${program}" rewrite --drvs "${folder}" --serials /dev/stdin`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      return { status, stdout, stderr };
    };
    expect(through('head -c 67108865 /dev/zero')).toEqual(refusal('/dev/stdin', /larger/));
    expect(through("echo '{}'").status).toBe(0);
  });

  test('with roots, on standard input and by name', () => {
    const { folder, graph } = withGraph();
    const ofInput = (input: string) => rewrite(folder, {}, ['--roots', '-'], input);
    expect(ofInput('\n'.repeat(67108865))).toEqual(refusal('roots from -', /larger/));
    expect(ofInput(graph.lower).status).toBe(0);
    const file = join(temporaryFolder(), 'roots');
    writeFileSync(file, '');
    truncateSync(file, 1e10);
    expect(rewrite(folder, {}, ['--roots', file])).toEqual(refusal(file, /larger/));
  });
});

describe('a graph is refused', () => {
  test('that lacks a derivation, with who needs it', () => {
    const { folder, graph } = withGraph((dir, { lower }) => rmSync(join(dir, basename(lower))));
    expect(rewrite(folder, {})).toEqual(refusal(graph.lower, graph.upper, /missing/));
  });

  test('with a root that is not there', () => {
    const root = `/nix/store/${'0'.repeat(32)}-stranger.drv`;
    expect(rewrite(withGraph().folder, {}, [root])).toEqual(refusal(root));
  });

  test('that is cut off, with the position', () => {
    const { folder, graph } = withGraph((dir, { lower }) =>
      truncateSync(join(dir, basename(lower)), 40),
    );
    expect(rewrite(folder, {})).toEqual(refusal(graph.lower, /byte 4\d/));
  });

  test('that is not what its path says', () => {
    const { folder } = withGraph((dir, { lowerText, upper, lower }) => {
      writeFileSync(join(dir, basename(lower)), lowerText.replace('first', 'other'));
      rmSync(join(dir, basename(upper)));
    });
    expect(rewrite(folder, {})).toEqual(refusal(/hashes to/));
  });

  test('of derivations that depend on each other', () => {
    const folder = temporaryFolder();
    const a = `/nix/store/${'a'.repeat(32)}-a.drv`;
    const b = `/nix/store/${'b'.repeat(32)}-b.drv`;
    for (const [path, input] of [
      [a, b],
      [b, a],
    ] as const) {
      const out = '("out","","","")';
      const text = `Derive([${out}],[("${input}",["out"])],[],"x","y",[],[("out","")])`;
      writeFileSync(join(folder, basename(path)), text);
    }
    expect(rewrite(folder, {})).toEqual(refusal(/depend on each other/));
    expect(rewrite(folder, {}, [a])).toEqual(refusal(/depend on each other/));
  });

  test('of another store directory', () => {
    const { folder } = withGraph((dir, { lowerText }) => {
      const foreign = lowerText.replaceAll('/nix/store', '/gnu/store');
      writeFileSync(join(dir, `${'0'.repeat(32)}-foreign.drv`), foreign);
    });
    expect(rewrite(folder, {})).toEqual(refusal(/\/gnu\/store/, /\/nix\/store/));
    const foreign = `/gnu/store/${'0'.repeat(32)}-foreign.drv`;
    expect(rewrite(withGraph().folder, {}, [foreign])).toEqual(refusal(foreign));
    expect(rewrite(withGraph().folder, { [foreign]: 1 })).toEqual(refusal(foreign));
  });

  test('in a pipe or a huge file instead of a derivation, at once', () => {
    const { folder } = withGraph((dir) => {
      spawnSync('mkfifo', [join(dir, `${'0'.repeat(32)}-pipe.drv`)]);
    });
    expect(rewrite(folder, {})).toEqual(refusal(/pipe\.drv/, /plain file/));
    const huge = withGraph((dir) => {
      const file = join(dir, `${'0'.repeat(32)}-huge.drv`);
      writeFileSync(file, '');
      truncateSync(file, 1e10);
    });
    expect(rewrite(huge.folder, {})).toEqual(refusal(/huge\.drv/, /larger/));
  });

  test('with a dangling link, unless roots are given that do not need it', () => {
    const name = `${'0'.repeat(32)}-link.drv`;
    const { folder, graph } = withGraph((dir) => symlinkSync('/nowhere', join(dir, name)));
    expect(rewrite(folder, {})).toEqual(refusal(name, /cannot be read/));
    expect(rewrite(folder, {}, [graph.upper]).status).toBe(0);
    const alone = temporaryFolder();
    symlinkSync(name, join(alone, name));
    expect(rewrite(alone, {})).toEqual(refusal(name));
  });

  test('in a folder that is not there', () => {
    expect(rewrite('/nowhere/at/all', {})).toEqual(refusal('/nowhere/at/all'));
  });
});

test.each(['a file', 'nothing'])('%s in the place of the folder is refused by its name', (what) => {
  const name = join(temporaryFolder(), 'drvs');
  if (what === 'a file') writeFileSync(name, '');
  expect(rewrite(name, {})).toEqual(refusal(`there is no folder ${name}`));
});
