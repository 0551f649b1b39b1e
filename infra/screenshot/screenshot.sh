#!/usr/bin/env bash
# Makes docs/live-view.svg: a build on a throw-away farm, recorded at a terminal of its own. Leaves nothing else behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bash infra/setup/setup.sh
if [ "$(id -u)" != 0 ]; then
  echo "screenshot: this starts real Nix daemons with sandboxes, which needs root. Run: sudo npm run screenshot" >&2
  exit 1
fi
npm run --silent build
exec node --import tsx infra/screenshot/screenshot.ts
