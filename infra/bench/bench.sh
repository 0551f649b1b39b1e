#!/usr/bin/env bash
# Measures the rewriting of real derivation graphs beside what Nix takes merely to read them. Prints a table, and
# writes the figures to bench.json (or to the file that is named).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bash infra/setup/setup.sh
npm run --silent build
exec node --import tsx infra/bench/bench.ts "${1:-bench.json}"
