'use strict';
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const checkBytes = 4;
const loaded = new Map();

/**
 * Runs a file of the bundle, once, and gives what it exports. Beside it lies what V8 compiled of it
 * when the bundle was made, which V8 takes only if it is its own version's.
 */
function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.module.exports;
  const source = readFileSync(file);
  const cachedData = compiledBefore(file, source);
  const script = new Script(source.latin1Slice(), { filename: file, cachedData });
  const module = { exports: {} };
  loaded.set(file, { script, module });
  const folder = dirname(file);
  const outside = createRequire(file);
  const require = (name) => (name.startsWith('./') ? load(join(folder, name)) : outside(name));
  script.runInThisContext()(module.exports, require, module, file, folder);
  return module.exports;
}

/** Nothing unless it was made of this very source and is whole: V8 looks at neither. */
function compiledBefore(file, source) {
  let kept;
  try {
    kept = readFileSync(compiledFile(file));
  } catch {
    return undefined;
  }
  const compiled = kept.subarray(checkBytes);
  return checkOf(source, compiled).equals(kept.subarray(0, checkBytes)) ? compiled : undefined;
}

/** Who could write a wrong one on purpose, could write the command itself: so a checksum does, which needs no OpenSSL. */
function checkOf(source, compiled) {
  const check = Buffer.alloc(checkBytes);
  check.writeUInt32LE(crc32(compiled, crc32(source)));
  return check;
}

function compiledFile(file) {
  return `${file}.compiled`;
}

module.exports = { load, loaded, compiledFile, checkOf };
