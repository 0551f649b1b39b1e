// Exits 0 when node_modules holds what package-lock.json names, 1 otherwise. npm keeps its own account of what it
// installed, so two files are compared and no package is opened.
import { readFileSync } from 'node:fs';
import process from 'node:process';

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isInstalled(installed, [path, wanted]) {
  const found = installed[path];
  if (found === undefined) return wanted.optional === true || wanted.peer === true;
  return found.version === wanted.version && found.link === wanted.link;
}

const wanted = packagesOf('package-lock.json');
const installed = packagesOf('node_modules/.package-lock.json');
const entries = Object.entries(wanted ?? {}).filter(([path]) => path.startsWith('node_modules/'));
const matches = installed !== undefined && entries.every((entry) => isInstalled(installed, entry));
process.exit(matches ? 0 : 1);
