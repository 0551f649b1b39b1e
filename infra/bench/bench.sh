#!/usr/bin/env bash
# npm run bench [-- PART… [--runs N] [--json FOLDER]]: measures the parts that are named, or all: `rewriting` of real
# derivation graphs beside what Nix takes merely to read them, `builds` on two builders behind SSH beside Nix's
# --builders, `copies` from builder to builder beside nix copy, `groups` of three members beside one build, `simulation`
# of the scheduler alone on farms of up to 1,000 builders. Prints tables, and writes bench-PART.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

parts=() folder=. runs=5
while [ $# -gt 0 ]; do
  case $1 in
    rewriting | builds | copies | groups | simulation) parts+=("$1") ;;
    --runs) runs=${2:?--runs takes a number}; shift ;;
    --json) folder=${2:?--json takes a folder}; mkdir -p "$folder"; shift ;;
    *) echo "bench: unknown word $1; usage: npm run bench -- [rewriting] [builds] [copies] [groups] [simulation] [--runs N] [--json FOLDER]" >&2; exit 2 ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(rewriting builds copies groups simulation)

bash infra/setup/setup.sh
npm run --silent build

# Where a machine sets it, every Node reads all certificates as it starts, which is no part of what dispatch does.
unset NODE_EXTRA_CA_CERTS

# In a namespace of its own with the farm's stores in memory: a disk that many builds have come to and gone from takes
# several times as long for each new file as one that has rested, and would decide over all figures.
in_memory() {
  unshare --mount -- bash -c 'mkdir -p "$0" && mount -t tmpfs -o mode=755 tmpfs "$0" && exec "$@"' /var/lib/dispatch-farm "$@"
}

for part in "${parts[@]}"; do
  file=$folder/bench-$part.json
  case $part in
    rewriting) node --import tsx infra/bench/rewriting/rewriting.ts "$file" "$runs" ;;
    simulation) node --expose-gc --import tsx infra/bench/simulation/simulation.ts "$file" ;;
    groups) in_memory node --import tsx infra/bench/groups/groups.ts "$file" "$runs" ;;
    *) in_memory node --import tsx "infra/bench/builds/$part.ts" "$file" "$runs" ;;
  esac
done
