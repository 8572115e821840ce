#!/usr/bin/env bash
# Shows that files of patients can be kept in a store that speaks S3: starts one on loopback (moto, from PyPI, which keeps
# everything in memory), makes a bucket, and runs the test that puts, reads and deletes.
#
#   s3.sh              the test
#   s3.sh COMMAND...   any other command beside that store; it finds the address in DOCSLOT_TEST_S3
set -euo pipefail
. "$(dirname "$0")/common.sh"

made=$tools/s3
if ! grep -qsx "$MOTO_VERSION" "$made/version"; then
  say "installing moto $MOTO_VERSION"
  rm -rf "$made"
  python3 -m venv "$made"
  "$made/bin/python" -m pip install --quiet --disable-pip-version-check "moto[server,s3]==$MOTO_VERSION"
  echo "$MOTO_VERSION" >"$made/version"
fi

throw_away
log=$folder/server.log

port=$(free_port)
export DOCSLOT_TEST_S3=http://127.0.0.1:$port
"$made/bin/moto_server" --host 127.0.0.1 --port "$port" >"$log" 2>&1 &
server=$!
for _ in $(seq 150); do
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; die "the store did not start"; }
  curl -fsS -o /dev/null -X PUT "$DOCSLOT_TEST_S3/docslot-papers" 2>/dev/null && break
  sleep 0.2
done
say "moto $MOTO_VERSION at $DOCSLOT_TEST_S3"

cd "$root"
if [[ $# -gt 0 ]]; then
  "$@"
else
  cargo test --features ssr --test integration -- --ignored papers_s3::
fi
