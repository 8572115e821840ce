#!/usr/bin/env bash
# Measures the release build: the directory page (20 doctors with their next free times, from 2,000 doctors with 500
# visits each, on SQLite) and, in turn with it, a plain handler of the same server, so that the ratio means something on
# any machine. Prints figures and never fails a build over them.
#
#   bench.sh [SECONDS]   length of each of the four rounds (default 10)
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

seconds=${1:-10}
program=$root/target/release/docslot
[[ -x $program ]] || die "no release build: run make bench"
have wrk || die "wrk is missing: run deploy/tools/install.sh bench"

folder=$(mktemp -d)
server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
url=http://127.0.0.1:$port
export DATABASE_URL=sqlite://$folder/bench.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port DOCSLOT_SERVER_PUBLIC_URL=$url

say "seeding 2,000 doctors with 500 visits each"
at=$SECONDS
"$program" seed --bench >"$folder/seed.log" 2>&1 || { cat "$folder/seed.log" >&2; die "seeding failed"; }
say "seeded in $((SECONDS - at)) s, $(du -m "$folder/bench.db" | cut -f 1) MB"

"$program" serve >"$folder/server.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
  curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
  sleep 0.1
done

# memory NAME: resident memory of the server.
memory() {
  awk -v name="$1" '/^VmRSS/ { printf "    %-22s %8.1f MB\n", name, $2 / 1024 }' "/proc/$server/status"
}

memory 'idle, just started'
curl -fsS -o "$folder/page.html" "$url/doctors" || die "$url/doctors does not answer"
memory 'after the first page'
printf '    %-22s %8d bytes\n' 'the page' "$(wc -c <"$folder/page.html")"

# round PATH: requests per second, after a second to warm up.
round() {
  wrk --threads 1 --connections 8 --duration 1s "$url$1" >/dev/null
  wrk --threads 1 --connections 8 --duration "${seconds}s" --latency "$url$1" >"$folder/wrk.log"
  ! grep -q 'Non-2xx' "$folder/wrk.log" || say "warning: $(grep 'Non-2xx' "$folder/wrk.log" | xargs)" >&2
  awk '/^Requests\/sec/ { rate = $2 } $1 == "99%" { late = $2 } END { print rate, late }' "$folder/wrk.log"
}

say "four rounds of $seconds s, 8 connections, wrk on the same machine"
pages=() plain=()
for turn in 1 2; do
  read -r rate late < <(round /doctors)
  pages+=("$rate")
  printf '    %-22s %8.0f pages/s     99%% within %s\n' "/doctors, round $turn" "$rate" "$late"
  read -r rate late < <(round /healthz)
  plain+=("$rate")
  printf '    %-22s %8.0f answers/s   99%% within %s\n' "plain, round $turn" "$rate" "$late"
done
memory 'after the rounds'

awk -v a="${pages[0]}" -v b="${pages[1]}" -v c="${plain[0]}" -v d="${plain[1]}" 'BEGIN {
  page = (a + b) / 2; handler = (c + d) / 2
  printf "==> %.0f pages/s; a plain handler: %.0f answers/s; ratio 1 to %.0f\n", page, handler, handler / page
}'
