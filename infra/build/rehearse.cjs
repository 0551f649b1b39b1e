'use strict';
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { load, loaded, compiledFile, checkOf } = require('../../services/cli/bin/load.cjs');

/*
 * Runs a file of a bundle with the words after it, and keeps what V8 compiled for that, with what it
 * kept before, beside the files that were loaded.
 */
const [, , file, ...words] = process.argv;
process.argv = [process.execPath, file, ...words];
process.on('exit', () => {
  for (const [path, { script }] of loaded) {
    const compiled = script.createCachedData();
    const target = compiledFile(path);
    writeFileSync(
      `${target}.new`,
      Buffer.concat([checkOf(readFileSync(path), compiled), compiled]),
    );
    renameSync(`${target}.new`, target);
  }
});
load(file);
