import { expect, test } from 'vitest';
import { errorLine } from '../src/error-line.ts';

/** An error as Node throws it. */
function nodeError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOENT' });
}

test('what Node says of a file is told without its codes and calls', () => {
  const error = nodeError("cannot read x: ENOENT: no such file or directory, open '/x'");
  expect(errorLine(error)).toBe('dispatch: cannot read x: no such file or directory');
});

test('a current folder that was deleted is named as what it is', () => {
  const error = nodeError('ENOENT: no such file or directory, uv_cwd');
  expect(errorLine(error)).toBe('dispatch: the current folder is gone: change into another one');
});
