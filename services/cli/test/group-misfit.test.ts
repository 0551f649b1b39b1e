import type { StorePath } from '@dispatch/nix/store-path';
import { expect, it } from 'vitest';
import { misfitTexts } from '../src/show/group-misfit.ts';

const step = '/nix/store/00000000000000000000000000000000-x.drv' as StorePath;
const members = [{ name: 'board', role: 'board', step }];

function told(builders: readonly string[] | undefined): string {
  const misfit = { type: 'member', step, builders, obstacles: [] } as const;
  return misfitTexts(misfit, { members }, new Map()).join('\n');
}

it('says what a policy asks for that no machine has, rather than that there is no machine', () => {
  expect(told([])).toMatch(/^no machine may take board: .*builders.*tags.*farm\.toml$/);
  expect(told([])).not.toContain('no machine at all');
  expect(told(undefined)).toContain('there is no machine at all');
});
