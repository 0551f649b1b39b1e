#!/usr/bin/env bash
# Puts the source archives that test/real-packages names into /var/lib/dispatch-sources, from Debian's source packages.
# What is there already and has the right hash is left alone. With --check it only reports, and exits 1 when an archive
# is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly store=/var/lib/dispatch-sources
readonly release=bookworm
readonly mirror=${DISPATCH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'setup: %s\n' "$*"; }

# As sha256sum prints them: the expression itself says which archives there must be, and what they hash to.
wanted() {
  sed -nE 's/.*fetch "([^"]+)" "([0-9a-f]{64})".*/\2  \1/p' test/real-packages/default.nix
}

missing() {
  local hash file
  wanted | while read -r hash file; do
    (cd "$store" 2>/dev/null && echo "$hash  $file" | sha256sum --check --status 2>/dev/null) || echo "$file"
  done
}

# apt with nothing but one line of sources, which this machine's own apt never hears of.
apt_of() {
  local aside=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o Dir::State="$aside/state" -o Dir::Cache="$aside/cache" \
    -o Dir::Etc::sourcelist="$aside/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o APT::Sandbox::User=root "$@" </dev/null
}

fetch() {
  local aside file
  aside=$(mktemp -d)
  # shellcheck disable=SC2064  # the path is meant to be expanded now
  trap "rm -rf '$aside'" EXIT
  mkdir -p "$aside"/{state/lists/partial,cache/archives/partial,archives} "$store"
  echo "deb-src [signed-by=$keyring] $mirror $release main" >"$aside/sources.list"
  apt_of "$aside" -o APT::Update::Error-Mode=any update || return 1
  for file in "$@"; do
    # A source package is called as its archives are, up to the version.
    (cd "$aside/archives" && apt_of "$aside" --download-only --tar-only source "${file%%_*}" >/dev/null) || return 1
    mv "$aside/archives/$file" "$store/$file.new" && mv "$store/$file.new" "$store/$file" || return 1
  done
}

files=$(missing)
[ -n "$files" ] || exit 0
if [ "${1-}" = --check ]; then
  say "missing: source archives of real packages in $store: ${files//$'\n'/ }"
  exit 1
fi
[ "$(id -u)" = 0 ] || { say "fetching sources into $store needs root"; exit 1; }
say "fetching source archives of real packages from $mirror: ${files//$'\n'/ }"
# shellcheck disable=SC2086  # one word an archive
fetch $files || say "not all could be fetched: the test of real packages cannot run without them"
left=$(missing)
[ -z "$left" ] || { say "missing or not what test/real-packages expects: ${left//$'\n'/ }"; exit 1; }
