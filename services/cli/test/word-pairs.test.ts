import { Command } from 'commander';
import { expect, it } from 'vitest';
import { takePairs } from '../src/flags/word-pairs.ts';

function parsed(...words: string[]): { args: string[]; arg: string | undefined } {
  const command = new Command().argument('[roots...]').option('--arg <pair>');
  takePairs(command, ['--arg']);
  const { args } = command.parse(words, { from: 'user' });
  return { args, arg: command.opts<{ arg?: string }>().arg };
}

it('an option with two words takes both, and whatever is in them', () => {
  expect(parsed('one', '--arg', 'name', '--two', 'three')).toEqual({
    args: ['one', 'three'],
    arg: 'name=--two',
  });
});

it('behind -- nothing is an option', () => {
  expect(parsed('one', '--', '--arg', 'name', 'two').args).toEqual(['one', '--arg', 'name', 'two']);
});

it('there may be as many words as a command line takes', () => {
  const many = Array.from({ length: 30_000 }, (_, index) => `root-${index}`);
  expect(parsed(...many).args).toEqual(many);
});
