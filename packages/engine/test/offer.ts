import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '@dispatch/nix/byte-string';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import { baseName, type StorePath } from '@dispatch/nix/store-path';

/**
 * Puts a file into the binary cache in a folder as `path`, whatever that should be; gives the hash of its
 * NAR.
 */
export function offer(cache: string, path: StorePath, text: string): string {
  const nar = narOfFile(bytesOf(text));
  const narHash = createHash('sha256').update(nar).digest('hex');
  const [hashPart] = baseName(path).split('-');
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'nix-cache-info'), 'StoreDir: /nix/store\n');
  writeFileSync(join(cache, `${hashPart}.nar`), nar);
  const info = {
    StorePath: path,
    URL: `${hashPart}.nar`,
    Compression: 'none',
    NarHash: `sha256:${narHash}`,
    NarSize: String(nar.length),
    References: '',
  };
  const lines = Object.entries(info).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(cache, `${hashPart}.narinfo`), lines.join(''));
  return narHash;
}
