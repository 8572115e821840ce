#!/usr/bin/env bash
# Everything that has to hold before a change is kept, in the order in which it fails soonest. Stops at the first stage
# that fails and says which. The last line is the sum over all suites: "N passed, N failed".
set -uo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
began=$SECONDS

finish() {
  say "took $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  exit "$1"
}

# stage NAME COMMAND...: runs it and ends everything when it fails.
stage() {
  local name=$1 at=$SECONDS log=$logs/stage
  shift
  say "$name"
  "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  count "$log"
  if ((status != 0)); then
    ((failed > 0)) || failed=1
    say "FAILED at: $name"
    finish 1
  fi
  say "$name: fine, $((SECONDS - at)) s"
}

# Adds up the closing lines of cargo's test runner, of the DocSpot client and of the browser suite's reporter.
count() {
  local sums
  sums=$(sed -nE \
    -e 's/^test result: [^.]*\. ([0-9]+) passed; ([0-9]+) failed;.*/\1 \2/p' \
    -e 's/^DocSpot client: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' \
    -e 's/^browser suite: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$1" |
    awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }')
  passed=$((passed + ${sums% *}))
  failed=$((failed + ${sums#* }))
}

# A suite that ran nothing has proved nothing.
some_tests() {
  local before=$passed
  stage "$@"
  if ((passed == before)); then
    failed=1
    say "FAILED at: $1 (it ran no test)"
    finish 1
  fi
}

stage 'tools' deploy/tools/install.sh test
stage 'format' cargo fmt --check
stage 'budgets: source' deploy/tools/budgets.sh source
stage 'clippy, server' cargo clippy --all-targets --features ssr -- --deny warnings
stage 'clippy, browser' cargo clippy --lib --target "$WASM_TARGET" --features hydrate -- --deny warnings
stage 'clippy, live desk' cargo clippy --lib --target "$WASM_TARGET" --features desk -- --deny warnings
some_tests 'unit tests' cargo test --features ssr --lib --bins
some_tests 'integration tests, SQLite and PostgreSQL' deploy/tools/postgres.sh cargo test --features ssr --test integration
some_tests 'DocSpot client, SQLite and PostgreSQL' deploy/tools/docspot.sh
stage 'API on SQLite, asked by schemathesis' deploy/tools/schemathesis.sh sqlite
stage 'API on PostgreSQL, asked by schemathesis' deploy/tools/schemathesis.sh postgres
stage 'browser build' make --no-print-directory end2end-server
stage 'budgets: size' deploy/tools/budgets.sh size
some_tests 'browser suite' make --no-print-directory browser-suite
finish 0
