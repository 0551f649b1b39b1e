import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { assertSerialVariable, parseSerial } from '../src/serial-variable.ts';
import { load, rewrite, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { type Recipe, type Value, variable, withAttribute } from './model/recipe.ts';

const structured = { isStructured: true };

function rewriteOne(recipe: Recipe, serial: number): () => unknown {
  const [original] = instantiate([recipe]);
  return () => rewrite(load([original!]), new Map([[original!.path, serial]]));
}

function unrewriteOne(recipe: Recipe): () => ReturnType<typeof unrewrite> {
  return () => unrewrite(load(instantiate([recipe])));
}

function withValue(recipe: Recipe, key: string, value: Value): Recipe {
  return { ...recipe, attributes: [...recipe.attributes, [key, value]] };
}

describe('a serial', () => {
  test.each(['1', '7', '2147483647', '2147483648'])('is %s', (text) => {
    expect(parseSerial(text)).toBe(Number(text));
  });

  test.each([
    '',
    '0',
    '01',
    '-1',
    '+1',
    '1 ',
    ' 1',
    '1.0',
    '1e3',
    '0x1',
    '2147483649',
    '99999999999',
    '\u0661',
  ])('is not %j', (text) => expect(parseSerial(text)).toBeUndefined());

  test.each([0, -1, 1.5, 2 ** 31 + 1, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d cannot be put in',
    (serial) => {
      expect(rewriteOne(plainRecipe('a'), serial)).toThrow(
        expect.objectContaining({ code: 'bad-serial' }),
      );
    },
  );

  test('for what is not in the graph is passed over', () => {
    const [original] = instantiate([plainRecipe('a')]);
    const elsewhere = `/nix/store/${'0'.repeat(32)}-x.drv` as StorePath;
    expect(rewrite(load([original!]), new Map([[elsewhere, 1]])).changes.size).toBe(0);
  });
});

describe.each([
  ['in the environment', {}],
  ['in structured attributes', structured],
])('a variable of ours %s', (_, form) => {
  test.each(['', '0', '01', '-1', '1 ', '1.0', '2147483649', 'yes', '1\n'])(
    'with the value %j, which we never write, is refused with the option that helps',
    (value) => {
      expect(unrewriteOne(withAttribute(plainRecipe('a', form), variable, value))).toThrow(
        expect.objectContaining({
          code: 'bad-variable',
          path: instantiate([withAttribute(plainRecipe('a', form), variable, value)])[0]!.path,
          message: expect.stringContaining('--serial-variable'),
        }),
      );
    },
  );

  test('with a value of megabytes is refused with the beginning of it', () => {
    const recipe = withAttribute(plainRecipe('a', form), variable, 'y'.repeat(300_000));
    expect(unrewriteOne(recipe)).toThrow(/\('y{100}\.\.\.'\), which.{1,200}$/);
  });

  test('that is carried is taken out, and its serial is known by the original', () => {
    const [original] = instantiate([plainRecipe('a', form)]);
    const given = withAttribute(plainRecipe('a', form), variable, '2147483648');
    const { graph, carried } = unrewriteOne(given)();
    expect(textsOf(graph)).toEqual(textsByPath([original!]));
    expect(carried).toEqual(new Map([[original!.path, 2 ** 31]]));
  });

  test('that was carried by several forms of one original counts with the highest', () => {
    const recipe = plainRecipe('a', form);
    const forms = ['3', '11', '5'].map((serial) => withAttribute(recipe, variable, serial));
    const { graph, carried } = unrewrite(load(instantiate([...forms, recipe])));
    const [original] = instantiate([recipe]);
    expect(graph.nodes.map(({ path }) => path)).toEqual([original!.path]);
    expect(carried).toEqual(new Map([[original!.path, 11]]));
  });

  test('that is not ours is shown as it was written', () => {
    const bytes = byteStringOfText('٣ é');
    expect(unrewriteOne(withAttribute(plainRecipe('a'), variable, bytes))).toThrow("('٣ é')");
  });

  test.each(['dispatchTrial', 'dispatchGroupId'])(
    'named %s is taken out whatever its value',
    (name) => {
      const [original] = instantiate([plainRecipe('a', form)]);
      const given = withAttribute(plainRecipe('a', form), name, 'anything "at" all\n');
      const { graph, carried } = unrewriteOne(given)();
      expect(textsOf(graph)).toEqual(textsByPath([original!]));
      expect(carried.size).toBe(0);
    },
  );

  test.each(['dispatchTrial', 'dispatchGroupId'])(
    'named %s where an output has its name is refused with what helps',
    (name) => {
      expect(unrewriteOne(plainRecipe('a', { ...form, outputs: ['out', name] }))).toThrow(
        expect.objectContaining({
          code: 'bad-variable',
          message: expect.stringMatching(/rename it in the expression(?!.*--serial-variable)/),
        }),
      );
    },
  );

  test('is not one whose name only begins or ends like it', () => {
    const recipe = withAttribute(plainRecipe('a', form), `${variable}s`, 'x');
    const { originals } = unrewriteOne(withAttribute(recipe, `my${variable}`, 'y'))();
    expect(originals.size).toBe(0);
  });

  test('cannot go where an output has its name', () => {
    const recipe = plainRecipe('a', { ...form, outputs: ['out', variable] });
    expect(rewriteOne(recipe, 1)).toThrow(expect.objectContaining({ code: 'bad-variable' }));
    expect(unrewriteOne(recipe)).toThrow(expect.objectContaining({ code: 'bad-variable' }));
  });
});

describe('in structured attributes', () => {
  const number = { nix: '3', env: '3', json: '3' };
  test.each<[string, Value]>([
    ['a number', { number }],
    ['null', { constant: null }],
    ['a list', { list: [{ text: ['3'] }] }],
    ['an object', { set: [['3', { text: ['3'] }]] }],
    ['a list of megabytes', { list: [{ text: ['3'.repeat(300_000)] }] }],
  ])('%s under our name is not ours', (_, value) => {
    expect(unrewriteOne(withValue(plainRecipe('a', structured), variable, value))).toThrow(
      expect.objectContaining({
        code: 'bad-variable',
        message: expect.stringMatching(/^.{1,500}--serial-variable$/),
      }),
    );
  });

  test('our name deeper down is not ours either', () => {
    const inner: Value = { set: [[variable, { text: ['3'] }]] };
    expect(unrewriteOne(withValue(plainRecipe('a', structured), 'x', inner))().originals.size).toBe(
      0,
    );
  });

  test('a broken __json is refused with its derivation', () => {
    for (const json of ['', 'null', '{"a":1', '{"a"}', `{"${variable}":tru}`, '{"a":1}x']) {
      const recipe = withAttribute(plainRecipe('a'), '__json', json);
      const broken = expect.objectContaining({
        code: 'corrupt-derivation',
        path: instantiate([recipe])[0]!.path,
      });
      const edit = json.includes(variable) ? unrewriteOne(recipe) : rewriteOne(recipe, 1);
      expect(edit).toThrow(broken);
    }
  });

  test('our name twice is refused', () => {
    const json = `{"${variable}":"1","${variable}":"2"}`;
    expect(unrewriteOne(withAttribute(plainRecipe('a'), '__json', json))).toThrow(
      expect.objectContaining({ code: 'corrupt-derivation' }),
    );
  });
});

describe("the serial's variable", () => {
  test.each(['dispatchSerial', '_', 'A9', 'serial'])('may be %j', (name) => {
    expect(() => assertSerialVariable(name)).not.toThrow();
  });

  test.each(['', '9a', 'a b', 'a-b', 'ü', 'a"', '__json', 'dispatchTrial', 'dispatchGroupId'])(
    'may not be %j',
    (name) => {
      expect(() => assertSerialVariable(name)).toThrow(
        expect.objectContaining({ code: 'bad-variable' }),
      );
    },
  );
});

describe("the serial's variable may have no name that means something to Nix", () => {
  test.each([
    'args',
    'builder',
    'name',
    'outputs',
    'outputHash',
    'outputHashAlgo',
    'outputHashMode',
    'system',
    '__contentAddressed',
    '__ignoreNulls',
    '__json',
    '__structuredAttrs',
    'allowedReferences',
    'outputChecks',
    'passAsFile',
    'requiredSystemFeatures',
  ])('such as %s', (name) => {
    expect(() => assertSerialVariable(name)).toThrow(
      expect.objectContaining({
        code: 'bad-variable',
        message: `'${name}' cannot be the name of the serial's variable: it means something to Nix itself`,
      }),
    );
  });
});

describe('what cannot be poisoned', () => {
  test.each([
    [
      'fixed-output',
      plainRecipe('f', { kind: 'fixed', declared: { algorithm: 'sha1', hex: '0'.repeat(40) } }),
    ],
    ['impure', plainRecipe('i', { kind: 'impure' })],
  ])('is refused as %s', (reason, recipe) => {
    expect(rewriteOne(recipe, 1)).toThrow(
      expect.objectContaining({ code: 'cannot-poison', message: expect.stringContaining(reason) }),
    );
  });
});
