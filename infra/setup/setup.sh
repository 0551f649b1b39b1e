#!/usr/bin/env bash
# Installs what the demo, the tests and the checks need on a Debian machine that has Node and npm, and says what it
# does. When everything is there it does nothing. With --check it only reports, and exits 1 when something is missing;
# with --demo it leaves out what only tests need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

check_only=false
for_tests=true
case "${1-}" in
  '') ;;
  --check) check_only=true ;;
  --demo) for_tests=false ;;
  *) echo "setup: unknown argument $1; usage: setup.sh [--check | --demo]" >&2; exit 2 ;;
esac

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# A program we run, the Debian package that has it, and what for.
needed() {
  cat <<'TABLE'
/usr/bin/nix-daemon     nix-bin         the Nix daemons and clients that demo and tests run
/usr/sbin/sshd          openssh-server  builders behind SSH, each on a port of 127.0.0.1 while a test runs
/usr/bin/ssh            openssh-client  reaching them
/usr/bin/xz             xz-utils        unpacking the derivation graphs that tests read
/usr/bin/tar            tar             the same
/usr/bin/c++            g++             building real packages in the tests, with its C library's headers
/usr/bin/make           make            the same
/usr/bin/bzip2          bzip2           unpacking their sources
/usr/bin/setpriv        util-linux      letting daemons end with the test that started them
/usr/sbin/tc            iproute2        builders in networks of their own, whose links tests cut and slow down
/usr/bin/zsh            zsh             trying the completion of commands
/usr/bin/fish           fish            the same
TABLE
}

missing_packages() {
  needed | while read -r program package _; do
    [ -x "$program" ] || echo "$package"
  done | sort -u
}

check_node() {
  command -v node >/dev/null || fail "Node is missing: install Node 20.20 or newer, then run this again"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 20 || (a === 20 && b >= 20) ? 0 : 1)' ||
    fail "Node $(node --version) is too old: 20.20 or newer is needed"
  command -v npm >/dev/null || fail "npm is missing: it comes with Node, or as Debian's package npm"
}

report_missing() {
  needed | while read -r program package reason; do
    [ -x "$program" ] || say "missing: $package ($reason)"
  done
}

# Debian starts a service when its package is installed. We want the program only: starting is forbidden while we
# install, and an sshd that was not there before is not left to start at the next boot either.
install_packages() {
  local policy=/usr/sbin/policy-rc.d sshd_is_new=false
  [ -x /usr/sbin/sshd ] || sshd_is_new=true
  if [ ! -e "$policy" ]; then
    # shellcheck disable=SC2064  # the path is meant to be expanded now
    trap "rm -f '$policy'" EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  say "installing with apt-get: $*"
  apt_install "$@" || { say "refreshing the package lists first"; apt_get update; apt_install "$@"; }
  if $sshd_is_new && command -v systemctl >/dev/null; then
    say "leaving the SSH service of this machine off: only the program is needed"
    systemctl disable --quiet ssh.service ssh.socket 2>/dev/null || true
  fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

apt_install() {
  apt_get install --no-install-recommends "$@"
}

# Nix's sandbox needs namespaces; a container without privileges has none, and then no test build can run.
check_namespaces() {
  unshare --mount --pid --net --ipc --uts --fork true 2>/dev/null ||
    fail "this machine does not let root make namespaces, which Nix's sandbox needs; in a container, run it privileged"
}

setup_debian() {
  local packages
  packages=$(missing_packages)
  [ -n "$packages" ] || return 0
  report_missing
  if $check_only; then return 1; fi
  command -v apt-get >/dev/null || fail "no apt-get here: install these yourself, then run this again"
  [ "$(id -u)" = 0 ] || fail "installing needs root. Run: sudo bash infra/setup/setup.sh"
  # shellcheck disable=SC2086  # one word a package
  install_packages $packages
  [ -z "$(missing_packages)" ] || fail "still missing after installing: $(missing_packages | tr '\n' ' ')"
}

setup_node_modules() {
  if node infra/setup/node-modules-match.mjs; then return 0; fi
  say "missing: node_modules as package-lock.json has it"
  if $check_only; then return 1; fi
  say "running npm ci"
  npm ci --no-audit --no-fund </dev/null
}

# The Nix of newer Debian releases, beside the machine's own.
setup_nix_versions() {
  if $check_only; then bash infra/nix-versions/unpack.sh --check; else bash infra/nix-versions/unpack.sh; fi
}

# The sources of real packages. Without them one test cannot run, and says so; so they are not worth failing for.
setup_sources() {
  if $check_only; then bash infra/real-packages/fetch.sh --check; else bash infra/real-packages/fetch.sh || true; fi
}

complete=true
check_node
setup_debian || complete=false
if $for_tests; then
  setup_nix_versions || complete=false
  setup_sources || complete=false
fi
setup_node_modules || complete=false
if [ "$(id -u)" = 0 ]; then check_namespaces; fi
$complete || fail "not everything is there. Run: bash infra/setup/setup.sh"
say "everything is there"
