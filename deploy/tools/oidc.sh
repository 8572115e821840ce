#!/usr/bin/env bash
# Shows that people sign in by an OpenID provider that was not written for docslot: starts one on loopback (oidc-provider,
# from npm), and runs the test that finds it, signs somebody in and has its keys changed.
#
#   oidc.sh              the test
#   oidc.sh COMMAND...   any other command beside that provider; it finds the address in DOCSLOT_TEST_OIDC
set -euo pipefail
. "$(dirname "$0")/common.sh"

have node && have npm || die "node or npm is missing: run deploy/tools/install.sh build"
made=$tools/oidc
installed() { node -p "require('$made/node_modules/oidc-provider/package.json').version" 2>/dev/null; }
if [[ $(installed) != "$OIDC_PROVIDER_VERSION" ]]; then
  say "installing oidc-provider $OIDC_PROVIDER_VERSION"
  mkdir -p "$made"
  npm install --prefix "$made" --no-audit --no-fund --loglevel=error "oidc-provider@$OIDC_PROVIDER_VERSION"
fi

throw_away
log=$folder/server.log

port=$(free_port)
export DOCSLOT_TEST_OIDC=http://127.0.0.1:$port
node "$root/deploy/tools/oidc-provider.mjs" "$made" "$port" >"$log" 2>&1 &
server=$!
for _ in $(seq 150); do
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; die "the provider did not start"; }
  curl -fsS -o /dev/null "$DOCSLOT_TEST_OIDC/.well-known/openid-configuration" 2>/dev/null && break
  sleep 0.2
done
say "oidc-provider $OIDC_PROVIDER_VERSION at $DOCSLOT_TEST_OIDC"

cd "$root"
if [[ $# -gt 0 ]]; then
  "$@"
else
  cargo test --features ssr --test integration -- --ignored staff_directory::real::
fi
