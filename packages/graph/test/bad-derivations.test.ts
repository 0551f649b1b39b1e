import { makeTextPath } from '@dispatch/nix/make-store-path';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { type DrvFile, load } from './loaded-graph.ts';
import { chainOfThree } from './model/chain-of-three.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { sha256 } from './node-sha256.ts';

const [bottom, middle, top] = chainOfThree;

describe('a derivation is refused', () => {
  test.each([
    ['nothing', '', 0],
    ['half of it', middle.text.slice(0, 100), 100],
    ['something behind it', `${middle.text} `, middle.text.length],
    ['a JSON file', '{}', 0],
  ])('when its file holds %s, with the position', (_, text, position) => {
    expect(() => load([bottom, { path: middle.path, text }])).toThrow(
      expect.objectContaining({
        code: 'corrupt-derivation',
        path: middle.path,
        message: expect.stringContaining(`at byte ${position}`),
        cause: expect.objectContaining({ code: 'bad-aterm' }),
      }),
    );
  });

  test('when its outputs are of several kinds', () => {
    const text = bottom.text.replace('"",""),("out"', '"r:sha256",""),("out"');
    expect(text).not.toBe(bottom.text);
    expect(() => load([{ path: bottom.path, text }])).toThrow(/of no kind that Nix knows/);
  });

  test('when it has no outputs', () => {
    const text = bottom.text.replace(/^Derive\(\[.*?\],/, 'Derive([],');
    expect(() => load([{ path: bottom.path, text }])).toThrow(/of no kind that Nix knows/);
  });

  test('when its content hashes to another path', () => {
    const text = top.text.replace('x86_64-linux', 'x86_64-hurd!');
    expect(() => load([bottom, middle, { path: top.path, text }])).toThrow(
      mismatch(top.path, 'its content hashes to'),
    );
  });

  test('when its name is not the one that it was hashed with', () => {
    const path = top.path.replace('-top.drv', '-pot.drv') as StorePath;
    expect(() => load([bottom, middle, { path, text: top.text }])).toThrow(
      mismatch(path, 'its content hashes to'),
    );
  });

  test('when it claims an output path that it does not hash to', () => {
    const other = top.outputs.get('out')!;
    const file = renamed('bottom', bottom.text.replaceAll(bottom.outputs.get('out')!, other));
    expect(() => load([file])).toThrow(mismatch(file.path, `its output 'out' claims ${other}`));
  });

  test('when its variable for an output is another path', () => {
    const out = bottom.outputs.get('out')!;
    const file = renamed(
      'bottom',
      bottom.text.replace(`("out","${out}")`, `("out","${top.path}")`),
    );
    expect(() => load([file])).toThrow(mismatch(file.path, "its variable 'out' is"));
  });

  test('when it leaves its output paths open without need', () => {
    const text = bottom.text.replaceAll(/\/nix\/store\/[^"]*/g, '');
    const file = renamed('bottom', text);
    expect(() => load([file])).toThrow(mismatch(file.path, 'it leaves its output paths open'));
  });

  test('when it claims output paths although an input is content-addressed', () => {
    const [floating] = instantiate([plainRecipe('floating', { kind: 'floating' })]);
    const inputs = `[("${floating!.path}",["out"])]`;
    const text = bottom.text.replace('],[],[]', `],${inputs},[]`);
    const path = makeTextPath(sha256, defaultStoreDir, 'bottom.drv', sha256(text), [
      floating!.path,
    ]);
    expect(() => load([floating!, { path, text }])).toThrow(
      mismatch(path, 'it has output paths, although an input is not known before it is built'),
    );
  });

  test('when it wants an output that its input does not have', () => {
    const text = middle.text.replace('["dev"]', '["nope"]');
    expect(text).not.toBe(middle.text);
    const path = makeTextPath(sha256, defaultStoreDir, 'middle.drv', sha256(text), [bottom.path]);
    expect(() => load([bottom, { path, text }])).toThrow(
      expect.objectContaining({
        code: 'corrupt-derivation',
        path,
        message: `${path} wants the output 'nope' of ${bottom.path}, which has no such output`,
      }),
    );
  });

  test.each([
    ['git:sha512', 128],
    ['text:sha1', 40],
    ['sha3', 64],
    ['sha256', 63],
  ])('when its output hash, %s with %d digits, gives no path', (algorithm, digits) => {
    const output = bottom.outputs.get('out')!;
    const text = bottom.text
      .replace(
        /^Derive\(\[.*?\],/,
        `Derive([("out","${output}","${algorithm}","${'0'.repeat(digits)}")],`,
      )
      .replace(/\("dev".*?\),/, '');
    const file = renamed('bottom', text);
    expect(() => load([file])).toThrow(
      expect.objectContaining({
        code: 'unverifiable-output',
        path: file.path,
        message: expect.stringContaining('the path of its output cannot be checked'),
      }),
    );
  });

  test('when a fixed output claims a path that its hash does not give', () => {
    const declared = { algorithm: 'sha256', hex: '1'.repeat(64) };
    const [fixed] = instantiate([plainRecipe('fixed', { kind: 'fixed', declared })]);
    const file = renamed('fixed', fixed!.text.replaceAll('1'.repeat(64), '2'.repeat(64)));
    expect(() => load([file])).toThrow(mismatch(file.path, "its output 'out' claims"));
  });

  test('when it is of a store in another folder', () => {
    const file = { path: `/gnu/store/${bottom.path.slice(11)}` as StorePath, text: bottom.text };
    const inside = { path: middle.path, text: middle.text.replace('("/nix/', '("/gnu/') };
    expect(() => load([file])).toThrow(expect.objectContaining({ code: 'path-mismatch' }));
    expect(() => load([inside])).toThrow(/it is not in the store directory '\/nix\/store'/);
  });
});

function mismatch(path: StorePath, fault: string): unknown {
  return expect.objectContaining({
    code: 'path-mismatch',
    path,
    message: expect.stringContaining(fault),
  });
}

/** A file without inputs under the path that it does hash to. */
function renamed(name: string, text: string): DrvFile {
  const path = makeTextPath(sha256, defaultStoreDir, `${name}.drv`, sha256(text), []);
  return { path, text };
}
