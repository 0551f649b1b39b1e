import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashedName, hostName, knownHosts } from '../../src/ssh/known-hosts.ts';

function isKnown(patterns: string, name: string): boolean {
  return knownHosts(`${patterns} ssh-ed25519 AAAA`, 'f', name).length === 1;
}

describe('a line is for a host', () => {
  it.each([
    ['box', 'box', true],
    ['Box', 'box', true],
    ['box,other', 'other', true],
    ['*.example.org', 'a.b.example.org', true],
    ['*.example.org', 'example.org', false],
    ['b?x', 'box', true],
    ['b?x', 'bx', false],
    ['*', '[box]:2222', true],
    ['[box]:2222', '[box]:2222', true],
    ['[box]:2222', 'box', false],
    ['box', '[box]:2222', false],
    ['!box,*', 'box', false],
    ['!other', 'box', false],
    ['fe80::1', 'fe80::1', true],
    [hashedName('box', Buffer.alloc(20, 7)), 'box', true],
    [hashedName('box', Buffer.alloc(20, 7)), 'bo', false],
    ['|2|AAAA|BBBB', 'box', false],
    ['|1|', 'box', false],
  ])('%s names %s: %s', (patterns, name, expected) => {
    expect(isKnown(patterns, name)).toBe(expected);
  });

  it('whose many stars take no time', () => {
    expect(isKnown(`${'*a'.repeat(5000)}b`, 'a'.repeat(5000))).toBe(false);
  });

  it('and says where it stands', () => {
    const text =
      '# box ssh-rsa AAAA\n\n@revoked\tbox  ssh-rsa  AAAA a comment\r\n@x box ssh-rsa AAAA';
    expect(knownHosts(text, '/etc/known', 'box')).toEqual([
      {
        marker: '@revoked',
        name: 'box',
        type: 'ssh-rsa',
        key: 'AAAA',
        place: '/etc/known, line 3',
      },
    ]);
  });

  it('or is left out, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(knownHosts(text, 'f', 'box')).toEqual(expect.any(Array));
      }),
    );
  });
});

it('a host is named with its port unless that is 22', () => {
  expect(hostName('BOX', 22)).toBe('box');
  expect(hostName('::1', 2222)).toBe('[::1]:2222');
});
