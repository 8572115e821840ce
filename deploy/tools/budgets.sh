#!/usr/bin/env bash
# Holds the project to its budgets. Each check prints what it measured and fails when the budget is passed.
#
#   budgets.sh source      the crates that the browser's part names, where cfg(feature = "ssr") stands, the rooms, the
#                          files and tests that docs/ARCHITECTURE.md and docs/asvs.csv name, and whether the faults of
#                          deploy/tools/faults fit the source
#   budgets.sh rooms       of these, who may import whom (docs/ARCHITECTURE.md), circles of files, long files and functions
#   budgets.sh size        what the browser downloads, asked of a running server (DOCSLOT_BIN, by default that of the
#                          browser suite, with the release build's files in target/site)
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

# Bytes as they are sent to a browser that accepts brotli:
code_budget=100000  # JavaScript and WebAssembly of a page with islands
desk_budget=280000  # of the page of the desk, which has a part of its own
plain_budget=1000   # JavaScript of a page without islands, which loads no WebAssembly
filters_budget=2000 # of the directory, whose filters apply while they change
style_budget=12000  # CSS
# Everything else belongs to the server: validation, time zones, regular expressions and cryptography are heavy.
browser_crates='leptos leptos_meta leptos_router serde strum thiserror uuid wasm-bindgen wasm-bindgen-futures console_error_panic_hook'

browser_dependencies() {
  local found unwanted
  found=$(cargo tree --edges normal --target "$WASM_TARGET" --no-default-features --features hydrate \
    --depth 1 --prefix none --format '{p}' | tail -n +2 | awk 'NF { print $1 }' | sort -u)
  [[ -n $found ]] || die "cargo tree listed no dependency of the browser build"
  unwanted=$(comm -23 <(printf '%s\n' "$found") <(tr ' ' '\n' <<<"$browser_crates" | sort -u))
  [[ -z $unwanted ]] || die "not allowed in the browser build: $(tr '\n' ' ' <<<"$unwanted")"
  say "browser dependencies: $(wc -l <<<"$found"), all on the list"
}

# cfg(feature = "ssr") may stand only right above (or before) a mod line. cfg_attr is free: it changes no code path.
server_only_code() {
  local misplaced
  misplaced=$(find src -name '*.rs' -print0 | sort -z | xargs -0 awk '
    FNR == 1 && pending != "" { print pending; pending = "" }
    /^[[:space:]]*\/\// { next }
    pending != "" {
      if ($0 ~ /^[[:space:]]*(#\[|$)/) next
      if ($0 !~ /^[[:space:]]*(pub(\([^)]*\))?[[:space:]]+)?mod[[:space:]]/) print pending
      pending = ""
    }
    /feature[[:space:]]*=[[:space:]]*"ssr"/ && !/cfg_attr\(/ {
      here = FILENAME ":" FNR ": " $0
      if ($0 ~ /#\[cfg\(feature[[:space:]]*=[[:space:]]*"ssr"\)\][[:space:]]*(pub(\([^)]*\))?[[:space:]]+)?mod[[:space:]]/) next
      if ($0 ~ /^[[:space:]]*#\[cfg\(feature[[:space:]]*=[[:space:]]*"ssr"\)\][[:space:]]*$/) { pending = here; next }
      print here
    }
    END { if (pending != "") print pending }
  ')
  [[ -z $misplaced ]] || die "cfg(feature = \"ssr\") outside a mod line:
$misplaced"
  say "cfg(feature = \"ssr\"): $(grep -rn 'cfg(feature = "ssr")' src | wc -l) places, each on a mod line"
}

rooms() {
  have python3 || die "python3 is missing: run deploy/tools/install.sh test"
  python3 deploy/tools/rooms.py
}

server= folder=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  [[ -z $folder ]] || rm -rf "$folder"
}

# start_server PROGRAM: on a free port, with the demo's clinic in a database of its own; then $url is its address.
start_server() {
  local port
  folder=$(mktemp -d)
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  port=$(node -e 'const server = require("net").createServer();
    server.listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); })')
  url=http://127.0.0.1:$port
  export DATABASE_URL=sqlite://$folder/docslot.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port
  export DOCSLOT_CONFIG=$root/Leptos.toml LEPTOS_SITE_ROOT=$root/target/site
  "$1" seed --demo >"$folder/server.log" 2>&1 || { cat "$folder/server.log" >&2; die "seeding failed"; }
  "$1" serve >>"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
    curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && return
    sleep 0.1
  done
  die "the server does not answer"
}

# page PATH: the page's HTML, in $folder/page.
page() {
  curl -fsS -o "$folder/page" -H 'Accept: text/html' "$url$1" || die "$1 does not answer"
}

# sent ENDING...: bytes of the files with these endings that $folder/page names, as they are sent; each must be brotli.
sent() {
  local ending file bytes total=0
  for ending in "$@"; do
    while read -r file; do
      bytes=$(curl -fsS -o /dev/null -D "$folder/head" -H 'Accept-Encoding: gzip, deflate, br, zstd' \
        -w '%{size_download}' "$url$file") || die "$file does not answer"
      grep -qiE '^content-encoding: *br' "$folder/head" || die "$file is not sent as brotli"
      total=$((total + bytes))
    done < <(grep -oE "(src|href)=\"/[^\"]+\.$ending(\?v=[0-9a-f]+)?\"" "$folder/page" | cut -d '"' -f 2 | sort -u)
  done
  echo "$total"
}

# within NAME BYTES BUDGET: a measure of nothing is a mistake of its own.
within() {
  printf '    %-34s %7d bytes of %d\n' "$1" "$2" "$3"
  (($2 > 0 && $2 <= $3)) || over+=("$1")
}

# desk_part: bytes of the script and the WebAssembly that the page of the desk loads; that page itself needs a sign-in.
desk_part() {
  local file total=0
  for file in "$root"/target/site/pkg/docslot-desk.*{js,wasm}.br; do
    [[ -f $file ]] || die "the desk has no part of its own in target/site: run make site"
    total=$((total + $(stat -c %s "$file")))
  done
  echo "$total"
}

size() {
  local program=${DOCSLOT_BIN:-$root/target/end2end/docslot} over=() times day bytes
  [[ -x $program ]] || die "no server at $program: run make size"
  have node && have curl || die "node or curl is missing: run deploy/tools/install.sh build"
  start_server "$program"
  say "what the browser downloads (as it is sent)"
  page /
  ! grep -q '\.wasm' "$folder/page" || die "the start page has no islands, and loads WebAssembly"
  bytes=$(sent js)
  within 'JavaScript of a page' "$bytes" "$plain_budget"
  page /doctors
  bytes=$(sent js)
  within 'JavaScript of the directory' "$bytes" "$filters_budget"
  times=$(grep -oE '/doctors/[a-z0-9-]+/times\?visit_type=[0-9a-f-]+' "$folder/page" | awk 'NR == 1')
  page "$times"
  day=$(grep -oE 'name="day" value="[0-9-]{10}"' "$folder/page" | awk -F '"' 'NR == 1 { print $4 }')
  page "$times&day=$day"
  grep -q '<leptos-island' "$folder/page" || die "the page of a day's times has no islands: $times&day=$day"
  bytes=$(sent wasm)
  within 'WebAssembly of a page with islands' "$bytes" "$code_budget"
  bytes=$(sent js wasm)
  within 'JS + WASM of a page with islands' "$bytes" "$code_budget"
  bytes=$(desk_part)
  within 'JS + WASM of the desk' "$bytes" "$desk_budget"
  bytes=$(sent css)
  within CSS "$bytes" "$style_budget"
  ((${#over[@]} == 0)) || die "over budget, or nothing: ${over[*]}"
}

# The faults that deploy/tools/faults.sh builds into the program must fit the source that is tested.
faults() {
  local fault
  for fault in deploy/tools/faults/*.patch; do
    patch --strip=1 --fuzz=0 --dry-run --silent <"$fault" || die "$fault does not fit the source any more: write it anew"
  done
}

case ${1:-} in
  source)
    browser_dependencies
    server_only_code
    rooms
    python3 deploy/tools/references.py
    faults
    python3 deploy/tools/asvs.py
    ;;
  rooms) rooms ;;
  size) size ;;
  *) die "usage: budgets.sh source | rooms | size" ;;
esac
