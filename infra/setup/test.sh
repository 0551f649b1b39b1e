#!/usr/bin/env bash
# The whole test: sets up what is missing, builds, and runs every test. Arguments go to vitest, for example
# `npm test -- packages/nix` for one package's tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bash infra/setup/setup.sh
if [ "$(id -u)" != 0 ]; then
  echo "test: the tests run real Nix daemons with sandboxes, which needs root. Run: sudo npm test" >&2
  exit 1
fi
npm run --silent build
exec node_modules/.bin/vitest run --config test/vitest.config.ts --root . "$@"
