#!/usr/bin/env bash
# Makes the Debian package and proves it: in a Debian of its own it is installed, set up, started as its own user, asked
# for a page, upgraded over itself, removed and purged. Fails when a step does.
#
#   package.sh              builds the server (make build), makes target/package/docslot_VERSION_ARCH.deb and tries it
#   package.sh make         makes it without trying it
#   package.sh try FILE     tries that one
#
# BIN=PROGRAM packs that program, built with the feature `embed`, instead of the release's; FAST=yes packs it in a hurry
# and larger. Needs root, for the Debian folder, which debootstrap makes and $DOCSLOT_TOOLS keeps for the next time.
# After the build, making takes a minute or two; trying takes half a minute, and one more the first time.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/deploy/tools/debian-folder.sh"
cd "$root"

staged=target/package

make_package() {
  local version program=${BIN:-target/release/docslot}
  "$root/deploy/tools/install.sh" ship
  [[ -n ${BIN:-} ]] || make build
  rm -rf "$staged"
  mkdir -p "$staged"
  cp "$program" "$staged/docslot"
  strip --strip-unneeded "$staged/docslot"
  version=$("$staged/docslot" --version | awk '{ print $2 }')
  deploy/tools/production-settings.sh >"$staged/docslot.toml"
  help2man --no-info --section 8 --name 'appointment booking of a clinic' "$staged/docslot" |
    gzip -9n >"$staged/docslot.8.gz"
  debian_changelog "$version" | gzip -9n >"$staged/changelog.gz"
  copyright >"$staged/copyright"
  overrides >"$staged/lintian-overrides"
  cargo deb ${FAST:+--fast} --no-build --no-strip --quiet --deb-revision '' --output "$staged/"
  package=$(ls "$staged"/docslot_*.deb)
  say "made $package ($(stat -c %s "$package") bytes)"
  lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$package" || die "lintian objects"
}

debian_changelog() {
  printf 'docslot (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md in the source.\n\n' "$1"
  local seconds=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  printf ' -- The docslot authors <docslot@localhost>  %s\n' "$(date -R -u -d "@$seconds")"
}

copyright() {
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: docslot\n\n'
  printf 'Files: *\nCopyright: %s\nLicense: Expat or Apache-2.0\n\n' "$(sed -n 's/^Copyright (c) //p' LICENSE-MIT)"
  printf 'License: Expat\n'
  sed -n '/^Permission/,$p' LICENSE-MIT | sed -E 's/^$/./; s/^/ /'
  printf '\nLicense: Apache-2.0\n On Debian systems, the text is in /usr/share/common-licenses/Apache-2.0.\n'
}

# What lintian would have otherwise, with the reason.
overrides() {
  cat <<'END'
# whoever publishes packages has an address
docslot: bogus-mail-host Maintainer *
docslot: bogus-mail-host-in-debian-changelog *
# SQLite is newer than Debian's: older ones can corrupt their write-ahead log
docslot: embedded-library *libsqlite* [usr/bin/docslot]
# the settings may hold a password
docslot: non-standard-dir-perm * [etc/docslot/]
docslot: non-standard-file-perm * [etc/docslot/docslot.toml]
END
}

in_debian() {
  chroot "$debian" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# expect WHAT TEST...: the test holds.
expect() {
  local what=$1
  shift
  "$@" >"$folder/output" || { cat "$folder/output" >&2; die "not so: $what"; }
  say "$what"
}

stop_server() {
  [[ -z ${server:-} ]] || { kill -TERM "$server" 2>/dev/null && wait "$server"; } || true
  server=
}

start_server() {
  "${as_docslot[@]}" /usr/bin/docslot serve >"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    "${as_docslot[@]}" /usr/bin/docslot healthcheck >/dev/null 2>&1 && return
    sleep 0.2
  done
  cat "$folder/server.log" >&2
  die "the server does not answer"
}

page() { curl -fsS --max-time 20 -H 'Accept: text/html' "http://127.0.0.1:$port$1"; }

folder='' debian='' server=''
leave() {
  stop_server
  debian_folder_remove
  [[ -z $folder ]] || rm -rf --one-file-system "$folder"
}

try_package() {
  local port toml style by_hand as_docslot
  [[ $(id -u) == 0 ]] || die "trying the package needs root, for a Debian in a folder"
  folder=$(mktemp -d /tmp/docslot-package.XXXXXX)
  trap leave EXIT
  debian_folder_new "$folder/debian"
  toml=$debian/etc/docslot/docslot.toml
  # a command in that Debian: as docs/OPERATIONS.md has it, and as the unit runs it
  by_hand=(in_debian runuser -u docslot -- env --chdir=/var/lib/docslot DOCSLOT_CONFIG=/etc/docslot/docslot.toml docslot)
  as_docslot=(chroot "$debian" setpriv --reuid docslot --regid docslot --clear-groups --no-new-privs --bounding-set=-all
    env -i PATH=/usr/bin:/bin HOME=/var/lib/docslot DOCSLOT_CONFIG=/etc/docslot/docslot.toml
    sh -c 'cd /var/lib/docslot && umask 077 && exec "$@"' sh)
  cp "$1" "$debian/root/docslot.deb"

  in_debian apt-get install -y -qq --no-install-recommends /root/docslot.deb >"$folder/apt.log" 2>&1 ||
    { cat "$folder/apt.log" >&2; die "apt cannot install it"; }
  expect "installed, with a user of its own" in_debian getent passwd docslot
  expect "the data are its own" test "$(in_debian stat -c '%U %a' /var/lib/docslot)" = 'docslot 700'
  expect "the settings are its own" test "$(in_debian stat -c '%U %G %a' /etc/docslot/docslot.toml)" = 'root docslot 640'
  expect "the unit is enabled" test -L "$debian/etc/systemd/system/multi-user.target.wants/docslot.service"

  # as docs/OPERATIONS.md says
  port=$(free_port)
  sed -i -e "0,/^address = /s|^address = .*|address = \"127.0.0.1:$port\"|" \
    -e 's|^name = .*|name = "Clinic of the Package"|' "$toml"
  expect "the settings are good" "${by_hand[@]}" check
  expect "the database is made" "${by_hand[@]}" migrate
  expect "an account is made" "${by_hand[@]}" admin create --email staff@clinic.example --name Staff \
    <<<"a long enough passphrase, $RANDOM"
  start_server
  expect "a page is served" grep -q 'Clinic of the Package' <(page /)
  style=$(page / | grep -oE '/pkg/docslot[^"]*\.css' | head -n 1)
  expect "its style sheet comes out of the program" grep -q . <(page "$style")
  stop_server
  expect "it stopped by itself" grep -q stopping "$folder/server.log"

  in_debian dpkg -i /root/docslot.deb >"$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log" >&2; die "no upgrade"; }
  expect "after an upgrade the settings are as they were" grep -q 'Clinic of the Package' "$toml"
  start_server
  expect "and a page is served" grep -q 'Clinic of the Package' <(page /)
  stop_server

  in_debian apt-get remove -y -qq docslot >/dev/null 2>&1 || die "apt cannot remove it"
  expect "removed, it keeps the data" test -s "$debian/var/lib/docslot/docslot.db"
  expect "and the settings" test -s "$toml"
  in_debian apt-get purge -y -qq docslot >/dev/null 2>&1 || die "apt cannot purge it"
  expect "purged, nothing is left" test ! -e "$debian/var/lib/docslot" -a ! -e "$debian/etc/docslot"
  expect "and nobody" bash -c '! chroot "$1" getent passwd docslot' bash "$debian"
  say "the package is good"
}

case ${1:-} in
  '') make_package && try_package "$package" ;;
  make) make_package ;;
  try) [[ $# == 2 ]] || die "usage: package.sh try FILE"; "$root/deploy/tools/install.sh" ship; try_package "$2" ;;
  *) die "usage: package.sh [make | try FILE]" ;;
esac
