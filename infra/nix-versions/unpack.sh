#!/usr/bin/env bash
# Puts the Nix of other Debian releases beside the machine's own, for tests and benchmarks: each with the libraries
# it needs in /var/lib/dispatch-nix/RELEASE, made once. Nothing is installed, and no program here starts by itself.
#
# RELEASE/bin/nix, RELEASE/bin/nix-daemon and so on run that release's programs: in a mount namespace of their own,
# where RELEASE/usr stands in the place of /usr, and the machine's own /usr is found at RELEASE/host.
#
# With --check it only reports, and exits 1 when a release is missing that can be had; with --list it prints the
# versions that are there, the machine's own included.
set -euo pipefail

readonly store=/var/lib/dispatch-nix
readonly releases='bookworm trixie forky'
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

own_release() {
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

missing_releases() {
  local release
  for release in $releases; do
    if [ "$release" != "$(own_release)" ] && [ ! -e "$store/$release" ]; then echo "$release"; fi
  done
}

list_versions() {
  nix-daemon --version | sed 's/.* //'
  cat "$store"/*/version 2>/dev/null || true
}

# The machine's own mirror of Debian, with its proxies and whatever else apt is told: the first of apt's sources that
# has the release. Nothing when none can be reached or none is Debian's.
mirror_of() {
  local release=$1 uri head
  command -v apt-get >/dev/null || return 0
  head=$(mktemp)
  # shellcheck disable=SC2016  # apt's own variables
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
    sed -n 's/ main$//p' | sort -u |
    while read -r uri; do
      if /usr/lib/apt/apt-helper -qq -o Acquire::http::Timeout=15 download-file \
        "${uri%/}/dists/$release/InRelease" "$head" >/dev/null 2>&1 &&
        grep -qx 'Origin: Debian' "$head"; then
        echo "$uri"
        break
      fi
    done
  rm -f "$head"
}

# apt as if on a machine of that release on which nothing is installed yet. An old mirror is good enough here, so
# its signatures count and its dates do not.
apt_of() {
  local aside=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o Dir::State="$aside/state" -o Dir::State::status="$aside/status" -o Dir::Cache="$aside/cache" \
    -o Dir::Etc::sourcelist="$aside/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none \
    -o APT::Install-Recommends=false -o APT::Get::List-Cleanup=false "$@" </dev/null
}

# ssh is for stock clients, which start it; the shell and the rest for what Nix itself may call.
download() {
  local aside=$1 release=$2 mirror=$3
  mkdir -p "$aside"/{state/lists/partial,cache/archives/partial}
  : >"$aside/status"
  echo "deb [signed-by=$keyring] $mirror $release main" >"$aside/sources.list"
  apt_of "$aside" -o APT::Update::Error-Mode=any update
  apt_of "$aside" --download-only install nix-bin openssh-client dash coreutils >/dev/null
}

# Packages of before the merging of /bin and /lib into /usr are merged while they are unpacked.
unpack() {
  local aside=$1 tree=$2 name package
  mkdir -p "$tree/host"
  for name in bin sbin lib lib64; do
    mkdir -p "$tree/usr/$name"
    ln -s "usr/$name" "$tree/$name"
  done
  for package in "$aside"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
      tar --extract --directory="$tree" --keep-directory-symlink \
        --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'
  done
  for name in "$tree"/*; do
    case ${name##*/} in usr | host) ;; *) rm -rf "$name" ;; esac
  done
}

write_programs() {
  local tree=$1 program
  mkdir "$tree/bin"
  cat >"$tree/bin/enter" <<'SCRIPT'
#!/bin/sh
# Runs the program that this script is called as, from the folder beside it. Within its own namespace already, as
# when that program starts another, there is nothing to mount.
here=${0%/bin/*} program=/usr/bin/${0##*/}
if [ -e "$here/host/bin" ]; then exec "$program" "$@"; fi
exec unshare --mount /bin/sh -c '
  mount --bind /usr "$1/host" && mount --bind "$1/usr" /usr && shift && exec "$@"
' enter "$here" "$program" "$@"
SCRIPT
  chmod 755 "$tree/bin/enter"
  for program in "$tree"/usr/bin/nix*; do
    ln -s enter "$tree/bin/${program##*/}"
  done
}

# Made aside and renamed when it works, so that what has the release's name is whole.
make_release() {
  local release=$1 mirror=$2 started=$SECONDS aside=$store/.making-$1 tree
  tree=$aside/tree
  rm -rf "$aside"
  mkdir -p "$aside"
  download "$aside" "$release" "$mirror"
  unpack "$aside" "$tree"
  write_programs "$tree"
  "$tree/bin/nix" --version | sed 's/.* //' >"$tree/version"
  [ -s "$tree/version" ] || fail "the Nix of Debian $release does not run here"
  mv -T "$tree" "$store/$release"
  rm -rf "$aside"
  say "Nix $(cat "$store/$release/version") of Debian $release is in $store/$release (took $((SECONDS - started)) s)"
}

# Both at once: one waits for the network while the other unpacks.
make_releases() {
  local release mirror pids='' pid outcome=0
  for release in "$@"; do
    mirror=$(mirror_of "$release")
    if [ -z "$mirror" ]; then
      say "Nix of Debian $release cannot be had: none of apt's sources has that release, or none can be reached"
      continue
    fi
    say "unpacking the Nix of Debian $release from $mirror"
    make_release "$release" "$mirror" &
    pids="$pids $!"
  done
  for pid in $pids; do wait "$pid" || outcome=1; done
  [ "$outcome" = 0 ] || fail "not every Nix could be unpacked; what is there is whole, so run this again"
}

report_missing() {
  local release outcome=0
  for release in $(missing_releases); do
    [ -n "$(mirror_of "$release")" ] || continue
    say "missing: Nix of Debian $release in $store/$release"
    outcome=1
  done
  return "$outcome"
}

case "${1-}" in
  '') ;;
  --check) report_missing; exit ;;
  --list) list_versions; exit ;;
  *) echo "usage: unpack.sh [--check | --list]" >&2; exit 2 ;;
esac

[ -n "$(missing_releases)" ] || exit 0
[ "$(id -u)" = 0 ] || fail "unpacking Nix into $store needs root. Run: sudo bash infra/setup/setup.sh"
mkdir -p "$store"
chmod 755 "$store"
exec 9>"$store/.lock"
flock 9
# Not in a condition, where bash would go on after what fails.
# shellcheck disable=SC2046  # one word a release
make_releases $(missing_releases)
