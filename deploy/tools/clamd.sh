#!/usr/bin/env bash
# Shows that docslot understands the real virus scanner: installs Debian's clamd where it is missing, starts one on
# loopback, and runs the test that sends it EICAR, the harmless file that every scanner finds.
#
#   clamd.sh              with signatures of two lines, written here: EICAR by its bytes and by its hash
#   clamd.sh --download   with the signatures of clamav.net, some 300 MB
#   clamd.sh COMMAND...   any other command beside that clamd; it finds the address in DOCSLOT_TEST_CLAMD
set -euo pipefail
. "$(dirname "$0")/common.sh"

if ! have clamd; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clamav-daemon clamav-freshclam
  # the package starts a scanner of its own
  for service in clamav-daemon clamav-freshclam; do as_root service "$service" stop >/dev/null 2>&1 || true; done
fi

throw_away
mkdir "$folder/signatures"
if [[ ${1:-} == --download ]]; then
  shift
  freshclam --stdout --no-warnings --datadir="$folder/signatures" --user="$(id -un)" >"$folder/freshclam.log" 2>&1 ||
    { tail -n 5 "$folder/freshclam.log" >&2; die "the signatures of clamav.net cannot be had; leave out --download"; }
else
  # in two parts, so that no scanner finds this script
  eicar='X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR''-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'
  printf 'Docslot.Eicar.Bytes:0:*:%s\n' "$(printf '%s' "$eicar" | od -An -tx1 | tr -d ' \n')" >"$folder/signatures/docslot.ndb"
  printf '%s:%s:Docslot.Eicar.Hash\n' "$(printf '%s' "$eicar" | md5sum | cut -d ' ' -f 1)" "${#eicar}" \
    >"$folder/signatures/docslot.hdb"
fi

port=$(free_port)
cat >"$folder/clamd.conf" <<CONF
Foreground yes
TCPAddr 127.0.0.1
TCPSocket $port
DatabaseDirectory $folder/signatures
TemporaryDirectory $folder
CONF
clamd --config-file="$folder/clamd.conf" >"$folder/clamd.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  kill -0 "$server" 2>/dev/null || { cat "$folder/clamd.log" >&2; die "clamd did not start"; }
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.2
done
export DOCSLOT_TEST_CLAMD=127.0.0.1:$port
say "$(clamd --version) at $DOCSLOT_TEST_CLAMD"

cd "$root"
if [[ $# -gt 0 ]]; then
  "$@"
else
  cargo test --features ssr --test integration -- --ignored --exact papers_scanner::the_real_scanner_finds_eicar
fi
