#!/usr/bin/env bash
# Holds the project to its budgets. Each check prints what it measured and fails when the budget is passed.
#
#   budgets.sh source      the browser's dependencies, where cfg(feature = "ssr") stands, and the rooms
#   budgets.sh rooms       of these, who may import whom (docs/ARCHITECTURE.md), circles of files, long files and functions
#   budgets.sh size [DIR]  what the browser downloads, brotli quality 11 (DIR: target/site by default, release build)
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

code_budget=260000 # bytes of JavaScript and WebAssembly
style_budget=12000 # bytes of CSS
# Everything else belongs to the server: validation, time zones, regular expressions and cryptography are heavy.
browser_crates='leptos leptos_meta leptos_router serde strum thiserror uuid wasm-bindgen console_error_panic_hook'

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

# compressed FILE...: bytes after brotli, each file on its own as a browser fetches it.
compressed() {
  local file total=0
  for file in "$@"; do
    total=$((total + $(brotli --quality=11 --stdout "$file" | wc -c)))
  done
  echo "$total"
}

within() { # NAME BYTES BUDGET
  printf '    %-12s %7d bytes of %d\n' "$1" "$2" "$3"
  (($2 <= $3)) || over+=("$1")
}

size() {
  local site=${1:-target/site}/pkg over=() scripts modules styles
  have brotli || die "brotli is missing: run deploy/tools/install.sh test"
  mapfile -t scripts < <(find "$site" -name '*.js' -type f)
  mapfile -t modules < <(find "$site" -name '*.wasm' -type f)
  mapfile -t styles < <(find "$site" -name '*.css' -type f)
  ((${#scripts[@]} && ${#modules[@]} && ${#styles[@]})) || die "$site holds no complete build of the browser's part"
  say "what the browser downloads (brotli, quality 11)"
  printf '    %-12s %7d bytes\n' JavaScript "$(compressed "${scripts[@]}")" WebAssembly "$(compressed "${modules[@]}")"
  within 'JS + WASM' "$(compressed "${scripts[@]}" "${modules[@]}")" "$code_budget"
  within CSS "$(compressed "${styles[@]}")" "$style_budget"
  ((${#over[@]} == 0)) || die "over budget: ${over[*]}"
}

case ${1:-} in
  source)
    browser_dependencies
    server_only_code
    rooms
    ;;
  rooms) rooms ;;
  size) size "${2:-}" ;;
  *) die "usage: budgets.sh source | rooms | size [DIR]" ;;
esac
