#!/usr/bin/env bash
# Measures the release build with 2,000 doctors and 500 appointments each:
#   - the directory page (20 doctors with their next free times) and a doctor's week with 200 appointments, on SQLite and in
#     turn with a plain handler of the same server, so that the ratios mean something on any machine;
#   - a doctor's free times through the API, in the same way;
#   - the statistics over all appointments, on SQLite and on a throw-away PostgreSQL;
#   - 10,000 messages to a mail server that takes everything, and bookings while it is there and while it is not, on both;
#   - booking through the API on that PostgreSQL, in turn with pgbench writing the same rows.
# Prints figures and never fails a build over them.
#
#   bench.sh [SECONDS]   length of each round (default 10)
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

seconds=10 engine=SQLite
if [[ ${1:-} == --postgres ]]; then
  engine=PostgreSQL # called by this script itself, inside postgres.sh
elif [[ $# -gt 0 ]]; then
  seconds=$1
fi
program=$root/target/release/docslot
seed=$root/target/release/docslot-bench-seed
[[ -x $program && -x $seed ]] || die "no release build: run make bench"
have wrk || die "wrk is missing: run deploy/tools/install.sh bench"

folder=$(mktemp -d)
server= sink=
stop_server() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
stop() {
  stop_server
  [[ -z $sink ]] || kill "$sink" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
port=$(free_port)
mail_port=$(free_port)
url=http://127.0.0.1:$port
# the same people do more here than anywhere else
export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
export DATABASE_URL=sqlite://$folder/bench.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port DOCSLOT_SERVER_PUBLIC_URL=$url
[[ $engine == SQLite ]] || export DATABASE_URL=$TEST_DATABASE_URL

say "$engine: seeding 2,000 doctors with 500 appointments each"
at=$SECONDS
"$seed" >"$folder/seed.log" 2>&1 || { cat "$folder/seed.log" >&2; die "seeding failed"; }
size=
[[ $engine != SQLite ]] || size=", $(du -m "$folder/bench.db" | cut -f 1) MB"
say "seeded in $((SECONDS - at)) s$size"
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
DOCSLOT_ADMIN_PASSWORD=$password "$program" admin create --email staff@bench.example --name Staff >/dev/null

# start_server [VARIABLE=VALUE...]: and waits until it is ready.
start_server() {
  env "$@" "$program" serve >"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
    curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
    sleep 0.1
  done
}
start_server

# Signs in as staff; afterwards $cookie is what their browser sends.
sign_in() {
  curl -fsS -o /dev/null -c "$folder/cookies" -H 'Sec-Fetch-Site: same-origin' -H 'Accept: text/html' \
    -H "Referer: $url/sign-in" -d email=staff@bench.example -d "password=$password" -d next=/ "$url/fn/sign_in" ||
    say "warning: staff cannot sign in" >&2
  cookie=$(sed 's/^#HttpOnly_//' "$folder/cookies" | awk 'NF == 7 { printf "%s%s=%s", sep, $6, $7; sep = "; " }')
}

# statistics: seconds of the first look, which counts every appointment, and of the looks after it.
statistics() {
  local page first took turn
  sign_in
  page="$url/admin/statistics?from=$(date -u -d '-500 days' +%F)&until=$(date -u -d '+299 days' +%F)"
  first=$(curl -sS -o "$folder/page.html" -H "Cookie: $cookie" -w '%{http_code} %{time_total}' "$page")
  took=()
  for turn in 1 2 3 4 5; do
    took+=("$(curl -sS -o /dev/null -H "Cookie: $cookie" -w '%{time_total}' "$page")")
  done
  printf '    %-22s status %s, %d bytes, %s s when everything is counted for the first time\n' 'statistics' \
    "${first% *}" "$(wc -c <"$folder/page.html")" "${first#* }"
  printf '%s\n' "${took[@]}" | sort -n | awk -v engine="$engine" 'NR == 3 {
    printf "==> statistics over 1,000,000 appointments in 800 days on %s: %.3f s (median of five looks)\n", engine, $1
  }'
}

# heard LINES: waits until the mail server has printed more than these.
heard() {
  until (($(wc -l <"$folder/sink.log") > $1)); do
    kill -0 "$sink" 2>/dev/null || die "the mail server ended"
    sleep 0.05
  done
}

# told: what the mail server has seen at this moment: messages, distinct ones, milliseconds from the first to the last.
told() {
  local before
  before=$(wc -l <"$folder/sink.log")
  kill -USR2 "$sink"
  heard "$before"
  tail -n 1 "$folder/sink.log" | grep -oE '[0-9]+' | xargs
}

# messages: how long 10,000 waiting ones take, from the first to the last.
messages() {
  local count=10000 waited=0 taken=0 distinct ms
  stop_server
  "$seed" --messages "$count" >/dev/null
  node deploy/tools/smtp-sink.mjs "$mail_port" >"$folder/sink.log" &
  sink=$!
  heard 0
  start_server DOCSLOT_MAIL_TRANSPORT=smtp "DOCSLOT_MAIL_SMTP_URL=smtp://127.0.0.1:$mail_port"
  until ((taken >= count)) || ((waited >= 300)); do
    sleep 1
    waited=$((waited + 1))
    read -r taken distinct ms < <(told)
  done
  awk -v engine="$engine" -v count="$taken" -v distinct="$distinct" -v ms="$ms" 'BEGIN {
    printf "==> %d messages on %s, %d of them distinct, over 4 connections: %.0f messages/s\n",
      count, engine, distinct, (ms > 0 ? count / (ms / 1000) : 0)
  }'
}

# bookings: by eight patients at a time, in turn with the mail server there and with nothing listening in its place.
bookings() {
  local turn target rate booked doctor=0
  local -A sum=([up]=0 [down]=0)
  local closed
  closed=$(free_port)
  for turn in up down down up up down down up; do
    target=$mail_port
    [[ $turn == up ]] || target=$closed
    stop_server
    start_server DOCSLOT_MAIL_TRANSPORT=smtp "DOCSLOT_MAIL_SMTP_URL=smtp://127.0.0.1:$target" \
      DOCSLOT_LIMITS_HOLDS=0
    read -r rate booked < <(node deploy/tools/bench-bookings.mjs "$url" "$doctor" 60)
    printf '    %-22s %8.0f bookings/s (%d)\n' "mail server $turn" "$rate" "$booked"
    doctor=$((doctor + 8))
    sum[$turn]=$(awk -v a="${sum[$turn]}" -v b="$rate" 'BEGIN { print a + b }')
  done
  awk -v engine="$engine" -v up="${sum[up]}" -v down="${sum[down]}" 'BEGIN {
    printf "==> bookings on %s: %.0f/s with the mail server there, %.0f/s without it; ratio %.2f\n",
      engine, up / 4, down / 4, (up > 0 ? down / up : 0)
  }'
}

# Of the API's JSON on standard input: the values of a field.
values() { grep -oE "\"$1\":\"[^\"]*\"" | cut -d '"' -f 4; }

# register N: a new patient's token.
register() {
  local person
  person=$(printf '{"email":"patient-%d@bench.example","password":"%s","role":"patient"}' "$1" "$password")
  curl -fsS -H 'Content-Type: application/json' -d "$person" "$url/api/v1/register" | values token
}

psql() { "$(postgres_bin)/psql" -X -q -t -A -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

# api_bookings: POST /book by 32 connections, in turn with 32 clients of pgbench that write the same rows.
api_bookings() {
  local turn before rate note
  local api=() plain=()
  # so many that each has some ten appointments ahead at the end, as a patient may have
  say "bookings: signing up 1,024 patients"
  psql -c "select id from doctors where status = 'active' and accepts_new_patients order by name" >"$folder/doctors"
  export -f register values
  export url password
  seq 1024 | xargs -P 4 -I {} bash -c 'register {}' >"$folder/tokens"
  curl -fsS "$url/api/v1/doctors/$(head -n 1 "$folder/doctors")/slots?to=$(date -u -d '+30 days' +%F)" | values start |
    cut -c -10 | sort -u >"$folder/days"
  psql >/dev/null <<'SQL'
create table bench_doctors as select row_number() over () as n, id, visit_type_id, location_id from
  (select distinct on (d.id) d.id, v.id as visit_type_id, w.location_id from doctors d join visit_types v on v.doctor_id = d.id
    join weekly_hours w on w.doctor_id = d.id) t limit 2000;
create unique index on bench_doctors (n);
create table bench_patients as select row_number() over () as n, id from users where email like '%@patients.example' limit 1024;
create unique index on bench_patients (n);
analyze;
SQL
  for turn in 1 2; do
    before=$(psql -c "select count(*) from idempotency_keys where status = 201")
    BENCH_FOLDER=$folder BENCH_RUN=api$turn wrk --threads 2 --connections 32 --duration "${seconds}s" \
      -s deploy/tools/book.lua "$url" >"$folder/wrk.log"
    rate=$((($(psql -c "select count(*) from idempotency_keys where status = 201") - before) / seconds))
    note=$(grep 'Non-2xx' "$folder/wrk.log" | xargs || true)
    api+=("$rate")
    printf '    %-22s %8d bookings/s  %s\n' "POST /book, round $turn" "$rate" "$note"
    rate=$("$(postgres_bin)/pgbench" --no-vacuum --client 32 --jobs 2 --time "$seconds" --protocol prepared --max-tries 10 \
      -D n=0 -D run="$turn" --file deploy/tools/book.sql "$DATABASE_URL" 2>"$folder/pgbench.log" |
      awk '/^tps/ { printf "%d", $3 }')
    [[ -n $rate ]] || { cat "$folder/pgbench.log" >&2; die "pgbench failed"; }
    plain+=("$rate")
    printf '    %-22s %8d bookings/s\n' "pgbench, round $turn" "$rate"
  done
  awk -v a="${api[0]}" -v b="${api[1]}" -v c="${plain[0]}" -v d="${plain[1]}" 'BEGIN {
    printf "==> POST /book: %.0f bookings/s; pgbench with the same rows: %.0f/s; ratio %.2f\n", (a + b) / 2, (c + d) / 2, (a + b) / (c + d)
  }'
}

if [[ $engine == PostgreSQL ]]; then
  statistics
  messages
  bookings
  api_bookings
  exit
fi

# memory NAME: resident memory of the server.
memory() {
  awk -v name="$1" '/^VmRSS/ { printf "    %-22s %8.1f MB\n", name, $2 / 1024 }' "/proc/$server/status"
}

memory 'idle, just started'
curl -fsS -o "$folder/page.html" "$url/doctors" || die "$url/doctors does not answer"
memory 'after the first page'
printf '    %-22s %8d bytes\n' 'the page' "$(wc -c <"$folder/page.html")"

# round PATH [COOKIE]: requests per second, after a second to warm up.
round() {
  local header="Cookie: ${2:-}"
  wrk --threads 1 --connections 8 --duration 1s -H "$header" "$url$1" >/dev/null
  wrk --threads 1 --connections 8 --duration "${seconds}s" --latency -H "$header" "$url$1" >"$folder/wrk.log"
  ! grep -q 'Non-2xx' "$folder/wrk.log" || say "warning: $(grep 'Non-2xx' "$folder/wrk.log" | xargs)" >&2
  awk '/^Requests\/sec/ { rate = $2 } $1 == "99%" { late = $2 } END { print rate, late }' "$folder/wrk.log"
}

# rounds NAME PATH [COOKIE]: two rounds of a page in turn with two of a plain handler, and how they compare.
rounds() {
  local turn rate late
  local pages=() plain=()
  for turn in 1 2; do
    read -r rate late < <(round "$2" "${3:-}")
    pages+=("$rate")
    printf '    %-22s %8.0f pages/s     99%% within %s\n' "$1, round $turn" "$rate" "$late"
    read -r rate late < <(round /healthz)
    plain+=("$rate")
    printf '    %-22s %8.0f answers/s   99%% within %s\n' "plain, round $turn" "$rate" "$late"
  done
  awk -v name="$1" -v a="${pages[0]}" -v b="${pages[1]}" -v c="${plain[0]}" -v d="${plain[1]}" 'BEGIN {
    page = (a + b) / 2; handler = (c + d) / 2; ratio = page > 0 ? handler / page : 0
    printf "==> %s: %.0f pages/s; a plain handler: %.0f answers/s; ratio 1 to %.1f (%.2f)\n", name, page, handler, ratio, page / handler
  }'
}

say "rounds of $seconds s, 8 connections, wrk on the same machine"
rounds /doctors /doctors
memory 'after the rounds'

sign_in
week="/doctor/week?doctor=doctor-busy"
status=$(curl -sS -o "$folder/page.html" -H "Cookie: $cookie" -w '%{http_code}' "$url$week")
printf '    %-22s status %s, %d bytes (200 appointments)\n' "a doctor's week" "$status" "$(wc -c <"$folder/page.html")"
rounds "a doctor's week" "$week" "$cookie"
[[ $status == 200 ]] || say "warning: the week answered $status, so these are not its figures" >&2

rounds 'free times' "/api/v1/doctors/$(curl -fsS "$url/api/v1/doctors" | values id | head -n 1)/slots"

statistics
memory 'after the statistics'
messages
bookings
stop_server

if [[ -z $(postgres_bin) ]]; then
  say "PostgreSQL is not installed: its row is left out"
else
  # a database of the caller's own might hold something: only a throw-away server is filled
  env -u TEST_DATABASE_URL deploy/tools/postgres.sh deploy/tools/bench.sh --postgres
fi
