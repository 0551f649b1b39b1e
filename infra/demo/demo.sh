#!/usr/bin/env bash
# The product in a minute, on a throw-away farm of two builders on this machine. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bash infra/setup/setup.sh --demo
if [ "$(id -u)" != 0 ]; then
  echo "demo: the demo starts real Nix daemons with sandboxes, which needs root. Run: sudo npm run demo" >&2
  exit 1
fi
npm run --silent build
exec node --import tsx test/farm/main.ts --builders 2 --slots 2 --ssh -- node --import tsx infra/demo/demo.ts
