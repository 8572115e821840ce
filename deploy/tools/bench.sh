#!/usr/bin/env bash
# Measures the release build with 2,000 doctors and 500 appointments each:
#   - the directory page (20 doctors with their next free times), the help page, the free times of a doctor's day and a
#     doctor's week with 200 appointments, on SQLite and in turn with a plain handler of the same server, so that the
#     ratios mean something on any machine;
#   - a doctor's free times through the API, in the same way (the same question again and again, so mostly from memory);
#   - the statistics over all appointments, on SQLite and on a throw-away PostgreSQL;
#   - 10,000 messages to a mail server that takes everything, and bookings while it is there and while it is not, on both;
#   - what a booking through the API costs, with 1, 32 and 128 connections and with 32 that all want one doctor. On SQLite
#     in turn with a plain twin that promises nothing (docslot-bench twin), and against the waits for the disk that the same
#     disk does in a second. On PostgreSQL, whose throw-away server does not wait for the disk, in turn with pgbench writing
#     the same rows. On both the statements and commits of a booking, counted, and its bytes; directory pages while a
#     hundred appointments a second are booked; and the cold start.
# Prints figures and never fails a build over them. Takes less than ten minutes with rounds of the default length.
#
#   bench.sh [SECONDS]   length of each round (default 4; at most 20, because patients' tokens are good for ten minutes)
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

seconds=4 engine=SQLite
if [[ ${1:-} == --postgres ]]; then
  engine=PostgreSQL seconds=${2:-4} # called by this script itself, inside postgres.sh
elif [[ $# -gt 0 ]]; then
  seconds=$1
fi
program=$root/target/release/docslot
bench=$root/target/release/docslot-bench
[[ -x $program && -x $bench ]] || die "no release build: run make bench"
have wrk || die "wrk is missing: run deploy/tools/install.sh bench"

folder=$(mktemp -d)
server= sink= twin=
stop_server() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
stop_twin() {
  [[ -z $twin ]] || kill "$twin" 2>/dev/null || true
  [[ -z $twin ]] || wait "$twin" 2>/dev/null || true
  twin=
}
stop() {
  stop_server
  stop_twin
  [[ -z $sink ]] || kill "$sink" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=$(free_port)
mail_port=$(free_port)
url=http://127.0.0.1:$port
# the same people do more here than anywhere else
export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
export DATABASE_URL=sqlite://$folder/bench.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port DOCSLOT_SERVER_PUBLIC_URL=$url
[[ $engine == SQLite ]] || export DATABASE_URL=$TEST_DATABASE_URL

say "$engine: seeding 2,000 doctors with 500 appointments each"
at=$SECONDS
"$bench" seed >"$folder/seed.log" 2>&1 || { cat "$folder/seed.log" >&2; die "seeding failed"; }
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
    -d email=staff@bench.example -d "password=$password" -d next=/ "$url/fn/sign_in" ||
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
  "$bench" seed --messages "$count" >/dev/null
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

# Of the API's JSON on standard input: the values of a field.
values() { grep -oE "\"$1\":\"[^\"]*\"" | cut -d '"' -f 4; }

# register N: a new patient's token.
register() {
  local person
  person=$(printf '{"email":"patient-%d@bench.example","password":"%s","role":"patient"}' "$1" "$password")
  curl -fsS -H 'Content-Type: application/json' -d "$person" "$url/api/v1/register" | values token
}

# sign_up N: the tokens of that many new patients. No message is sent for it, or there would be a link to follow.
sign_up() {
  stop_server
  start_server
  export -f register values
  export url password
  seq "$1" | xargs -P 4 -I {} bash -c 'register {}' >"$folder/tokens"
}

# bookings: by eight patients at a time, in turn with the mail server there and with nothing listening in its place.
bookings() {
  local turn target rate booked doctor=0
  local -A sum=([up]=0 [down]=0)
  local closed
  say "bookings: signing up 1,024 patients"
  sign_up 1024
  closed=$(free_port)
  for turn in up down down up; do
    target=$mail_port
    [[ $turn == up ]] || target=$closed
    stop_server
    start_server DOCSLOT_MAIL_TRANSPORT=smtp "DOCSLOT_MAIL_SMTP_URL=smtp://127.0.0.1:$target" \
      DOCSLOT_LIMITS_HOLDS=0
    read -r rate booked < <(node deploy/tools/bench-bookings.mjs "$url" "$doctor" 60 "$password")
    printf '    %-22s %8.0f bookings/s (%d)\n' "mail server $turn" "$rate" "$booked"
    doctor=$((doctor + 8))
    sum[$turn]=$(awk -v a="${sum[$turn]}" -v b="$rate" 'BEGIN { print a + b }')
  done
  awk -v engine="$engine" -v up="${sum[up]}" -v down="${sum[down]}" 'BEGIN {
    printf "==> bookings on %s: %.0f/s with the mail server there, %.0f/s without it; ratio %.2f\n",
      engine, up / 2, down / 2, (up > 0 ? down / up : 0)
  }'
}

psql() { "$(postgres_bin)/psql" -X -q -t -A -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

# The programs that docslot is compared with: its plain twin, and pgbench writing the same rows.
declare -A rivals=([SQLite]=twin [PostgreSQL]=pgbench)

start_twin() {
  twin_port=$(free_port)
  "$bench" twin --address "127.0.0.1:$twin_port" --file "$folder/twin.db" --clinic "$folder/bench.db" \
    >"$folder/twin.log" 2>&1 &
  twin=$!
  until curl -fsS -o /dev/null "http://127.0.0.1:$twin_port/healthz" 2>/dev/null; do
    kill -0 "$twin" 2>/dev/null || { cat "$folder/twin.log" >&2; die "the twin ended"; }
    sleep 0.1
  done
}

# rows_for_pgbench: the doctors and patients of book.sql by number.
rows_for_pgbench() {
  psql >/dev/null <<'SQL'
create table bench_doctors as select row_number() over () as n, id, terms_id from
  (select distinct on (d.id) d.id, t.id as terms_id from doctors d join visit_types v on v.doctor_id = d.id
    join appointment_terms t on t.visit_type_id = v.id) t limit 2000;
create unique index on bench_doctors (n);
create table bench_patients as select row_number() over () as n, id from persons where email like '%@patients.example' limit 1024;
create unique index on bench_patients (n);
analyze;
SQL
}

# written: on PostgreSQL, the number of the next transaction that writes, and the bytes of its log so far.
written() {
  psql -F ' ' -c "select pg_snapshot_xmax(pg_current_snapshot()), pg_current_wal_insert_lsn() - '0/0'"
}

# pgbench_round CONNECTIONS DOCTORS: a round of pgbench; see book_round.
pgbench_round() {
  local rate doctors=2000
  [[ $2 == doctors ]] || doctors=1
  rate=$("$(postgres_bin)/pgbench" --no-vacuum --client "$1" --jobs 2 --time "$seconds" --protocol prepared --max-tries 10 \
    -D n=0 -D run="$run" -D doctors="$doctors" --file deploy/tools/book.sql "$DATABASE_URL" 2>"$folder/pgbench.log" |
    awk '/^tps/ { print $3 }')
  [[ -n $rate ]] || { cat "$folder/pgbench.log" >&2; die "pgbench failed"; }
  booked=$(awk -v rate="$rate" -v s="$seconds" 'BEGIN { printf "%d", rate * s }') refused=0 took=$seconds p99=
}

# book_round WHO CONNECTIONS DOCTORS: bookings by docslot, the twin or pgbench, with doctors of that list. Afterwards
# $booked, $refused, $took (seconds) and $p99 (milliseconds) tell of it, and $commits and $logged what the database
# wrote: on SQLite commits and pages of its log, or nothing when some went by unseen; on PostgreSQL transactions that
# wrote and bytes of its log.
run=0
book_round() {
  local who=$1 connections=$2 threads=2 base=$url log=$folder/bench.db-wal follow=()
  local commits_before logged_before
  ((connections > 1)) || threads=1
  run=$((run + 1))
  if [[ $who == twin ]]; then
    base=http://127.0.0.1:$twin_port log=$folder/twin.db-wal
  fi
  if [[ $engine == SQLite ]]; then
    follow=("$bench" commits "$log" --output "$folder/commits" --)
  else
    read -r commits_before logged_before < <(written)
  fi
  if [[ $who == pgbench ]]; then
    pgbench_round "$connections" "$3"
  else
    BENCH_FOLDER=$folder BENCH_RUN=$run BENCH_WHO=$who BENCH_DOCTORS=$3 "${follow[@]}" wrk --threads "$threads" \
      --connections "$connections" --duration "${seconds}s" -s deploy/tools/book.lua "$base" >"$folder/wrk.log"
    read -r booked refused took p99 <"$folder/round"
  fi
  if [[ $engine == SQLite ]]; then
    read -r commits logged <"$folder/commits" || commits= logged=
  else
    read -r commits logged < <(written)
    commits=$((commits - commits_before)) logged=$((logged - logged_before))
  fi
}

# add KEY NUMBER: to a sum; without a number the sum stays unknown.
declare -A sum=()
add() {
  if [[ -z $2 || ${sum[$1]:-0} == unknown ]]; then
    sum[$1]=unknown
  else
    sum[$1]=$(awk -v a="${sum[$1]:-0}" -v b="$2" 'BEGIN { printf "%.3f", a + b }')
  fi
}

# book_rounds NAME CONNECTIONS DOCTORS: two rounds of docslot around two of its rival.
book_rounds() {
  local who
  for who in docslot "${rivals[$engine]}" "${rivals[$engine]}" docslot; do
    book_round "$who" "$2" "$3"
    awk -v name="$1, $who" -v n="$booked" -v no="$refused" -v s="$took" -v p99="$p99" 'BEGIN {
      printf "    %-28s %8.0f bookings/s%s%s\n", name, n / s, (p99 == "" ? "" : "   99% within " p99 " ms"),
        (no > 0 ? "   " no " refused" : "")
    }'
    add "$1 $who booked" "$booked"
    add "$1 $who took" "$took"
    add "$1 $who commits" "$commits"
    add "$1 $who logged" "$logged"
    sum[$1 $who p99]=$(printf '%s\n' "${sum[$1 $who p99]:-0}" "${p99:-0}" | sort -n | tail -n 1)
  done
}

# compared NAME STEADY DISK: what the rounds of that name came to; with ratios if the disk was STEADY. The 99% are of
# all answers, refusals included.
compared() {
  local rival=${rivals[$engine]}
  awk -v engine="$engine" -v name="$1" -v steady="$2" -v disk="$3" -v rival="$rival" \
    -v n="${sum[$1 docslot booked]}" -v s="${sum[$1 docslot took]}" -v p99="${sum[$1 docslot p99]}" \
    -v m="${sum[$1 $rival booked]}" -v t="${sum[$1 $rival took]}" -v q99="${sum[$1 $rival p99]}" 'BEGIN {
    printf "==> POST /book on %s, %s: %.0f bookings/s, 99%% within %s ms", engine, name, n / s, p99
    printf "; %s: %.0f/s", rival, m / t
    if (q99 > 0) printf ", 99%% within %s ms", q99
    if (steady && m > 0) printf "; ratio %.2f", (n / s) / (m / t)
    if (steady && m > 0 && q99 > 0) printf " (of the 99%%: %.2f)", p99 / q99
    if (steady && disk > 0) printf "; %.2f bookings for each fdatasync of the disk", n / s / disk
    printf "\n"
  }'
}

# each NAME WHAT DECIMALS: commits or logged of docslot for each of its bookings.
each() {
  local whole=${sum[$1 docslot $2]}
  [[ $whole != unknown ]] || { echo unknown; return; }
  awk -v whole="$whole" -v n="${sum[$1 docslot booked]}" -v form="%.$3f" 'BEGIN { printf form, (n > 0 ? whole / n : 0) }'
}

# while_booking: directory pages while a hundred appointments a second are booked, each of which ends the pages kept for
# visitors.
while_booking() {
  local rate late paced
  run=$((run + 1))
  BENCH_FOLDER=$folder BENCH_RUN=$run BENCH_WHO=docslot BENCH_DOCTORS=doctors BENCH_PAUSE=100 wrk --threads 1 \
    --connections 10 --duration "$((seconds + 1))s" -s deploy/tools/book.lua "$url" >"$folder/paced.log" &
  paced=$!
  read -r rate late < <(round /doctors)
  wait "$paced"
  read -r booked refused took p99 <"$folder/round"
  awk -v engine="$engine" -v rate="$rate" -v late="$late" -v n="$booked" -v s="$took" -v p99="$p99" 'BEGIN {
    printf "==> the directory on %s while %.0f bookings/s go on: %.0f pages/s, 99%% within %s; bookings within %s ms\n",
      engine, n / s, rate, late, p99
  }'
}

# statements: how many docslot has sent to the database, by its log; without those that begin and end transactions.
statements() {
  grep -F 'sqlx::query' "$folder/server.log" | grep -cvE 'summary="?(begin|savepoint|commit|rollback)' || true
}

# committed: transactions that PostgreSQL has committed, reading ones too. It counts those of a connection for certain
# when the connection has ended.
committed() {
  until [[ $(psql -c "select count(*) from pg_stat_activity where application_name = 'docslot'") == 0 ]]; do
    sleep 0.1
  done
  sleep 1
  psql -c "select xact_commit from pg_stat_database where datname = current_database()"
}

# counted CONNECTIONS: a short round whose statements and, on PostgreSQL, transactions are counted. Without connections,
# what the server does by itself.
counted() {
  local seconds=2 before
  stop_server
  [[ $engine == SQLite ]] || transactions=$(committed)
  start_server DOCSLOT_TELEMETRY_LOG=info,sqlx::query=debug
  sleep 1
  before=$(statements)
  booked=0
  if (($1 > 0)); then book_round docslot "$1" doctors; else sleep "$seconds"; fi
  sent=$(($(statements) - before))
  stop_server
  [[ $engine == SQLite ]] || transactions=$(($(committed) - transactions))
}

# count_statements: of a booking, by 1 and by 32 connections.
count_statements() {
  local connections idle_sent idle=0 transactions=0 sent
  counted 0
  idle_sent=$sent idle=$transactions
  for connections in 1 32; do
    counted "$connections"
    awk -v engine="$engine" -v c="$connections" -v n="$booked" -v sent=$((sent - idle_sent)) \
      -v committed=$((transactions - idle)) 'BEGIN {
      if (n == 0) n = 1
      printf "==> a booking on %s, %d connection%s: %.2f statements", engine, c, (c > 1 ? "s" : ""), sent / n
      if (engine != "SQLite") printf ", %.2f transactions (pg_stat_database.xact_commit)", committed / n
      printf "\n"
    }'
  done
}

# bytes_each BEFORE AFTER: what an appointment takes in the file.
bytes_each() {
  local name booked=0
  for name in '1 connection' '32 connections' '128 connections' '32 for one doctor'; do
    booked=$(awk -v a="$booked" -v b="${sum[$name docslot booked]}" 'BEGIN { print a + b }')
  done
  awk -v grown=$(($2 - $1)) -v n="$booked" 'BEGIN {
    printf "==> an appointment on SQLite: %.0f bytes of the file (%d of them)\n", (n > 0 ? grown / n : 0), n
  }'
}

# costs: what a booking costs. There are so many patients that each has some tens of appointments ahead at the end.
costs() {
  local name steady=1 disk=0 after=0 size=0
  stop_server
  start_server
  "$bench" targets "$folder"
  if [[ $engine == SQLite ]]; then start_twin; else rows_for_pgbench; fi
  # to warm up
  for name in docslot "${rivals[$engine]}"; do seconds=1 book_round "$name" 8 doctors; done
  if [[ $engine == SQLite ]]; then
    size=$("$bench" size)
    disk=$("$bench" disk "$folder")
  fi
  book_rounds '1 connection' 1 doctors
  book_rounds '32 connections' 32 doctors
  book_rounds '128 connections' 128 doctors
  book_rounds '32 for one doctor' 32 popular
  while_booking
  stop_twin
  if [[ $engine == SQLite ]]; then
    after=$("$bench" disk "$folder")
    say "the disk: $disk times a second a page and fdatasync before the rounds, $after after them"
    steady=$(awk -v a="$disk" -v b="$after" 'BEGIN { print ((a < b ? a / b : b / a) >= 0.75 ? 1 : 0) }')
    ((steady)) || say "warning: the disk changed its speed by more than a quarter, so there are no ratios" >&2
    disk=$(((disk + after) / 2))
  fi
  for name in '1 connection' '32 connections' '128 connections' '32 for one doctor'; do
    compared "$name" "$steady" "$disk"
  done
  for name in '1 connection' '32 connections'; do
    if [[ $engine == SQLite ]]; then
      say "a booking on SQLite, $name: $(each "$name" commits 3) commits, $(each "$name" logged 1) pages of the write-ahead log"
    else
      say "a booking on PostgreSQL, $name: $(each "$name" commits 3) transactions that write, $(each "$name" logged 0) bytes" \
        "of the write-ahead log"
    fi
  done
  [[ $engine != SQLite ]] || bytes_each "$size" "$("$bench" size)"
  count_statements
}

# memory NAME: resident memory of the server, and how much of it is not the program's file.
memory() {
  awk -v name="$1" '
    /^VmRSS/ { all = $2 / 1024 }
    /^RssAnon/ { own = $2 / 1024 }
    END { printf "    %-22s %8.1f MB, %.1f MB without the program itself\n", name, all, own }
  ' "/proc/$server/status"
}

# cold_start: from the start of the process to its first answer, and to the first page of the directory.
cold_start() {
  local began ready
  stop_server
  began=$(date +%s%3N)
  "$program" serve >"$folder/server.log" 2>&1 &
  server=$!
  until curl -fsS -o /dev/null "$url/readyz" 2>/dev/null; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
    sleep 0.01
  done
  ready=$(date +%s%3N)
  curl -fsS -o /dev/null "$url/doctors" || die "$url/doctors does not answer"
  say "cold start on $engine: ready after $((ready - began)) ms, the first page of the directory after" \
    "$(($(date +%s%3N) - began)) ms"
}

# round PATH [COOKIE]: requests per second, after a second to warm up.
round() {
  local header="Cookie: ${2:-}"
  wrk --threads 1 --connections 8 --duration 1s -H "$header" "$url$1" >/dev/null
  wrk --threads 1 --connections 8 --duration "${seconds}s" --latency -H "$header" "$url$1" >"$folder/wrk.log"
  ! grep -q 'Non-2xx' "$folder/wrk.log" || say "warning: $(grep 'Non-2xx' "$folder/wrk.log" | xargs)" >&2
  awk '/^Requests\/sec/ { rate = $2 } $1 == "99%" { late = $2 } END { print rate, late }' "$folder/wrk.log"
}

if [[ $engine == PostgreSQL ]]; then
  cold_start
  statistics
  messages
  bookings
  costs
  exit
fi

cold_start
stop_server
start_server
memory 'idle, just started'
curl -fsS -o "$folder/page.html" "$url/doctors" || die "$url/doctors does not answer"
memory 'after the first page'
printf '    %-22s %8d bytes\n' 'the page' "$(wc -c <"$folder/page.html")"

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
# What a visitor gets is kept for a second; a cookie that means nothing has each page made.
rounds /doctors /doctors
rounds '/doctors, made each time' /doctors visitor=1
rounds /help /help
rounds '/help, made each time' /help visitor=1
visit_type=$(curl -fsS "$url/doctors/doctor-1" | grep -oE 'name="visit_type" value="[0-9a-f-]{36}"' |
  awk -F '"' 'NR == 1 { print $4 }')
times="/doctors/doctor-1/times?visit_type=$visit_type"
# without a day the page lists days and no times
day=$(curl -fsS "$url$times" | grep -oE 'name="day" value="[0-9-]{10}"' | awk -F '"' 'NR == 1 { print $4 }')
[[ -n $day ]] || say "warning: doctor-1 has no free day, so these are not the figures of free times" >&2
rounds "a doctor's times" "$times&day=$day"
rounds 'times, made each time' "$times&day=$day" visitor=1
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
costs
stop_server

if [[ -z $(postgres_bin) ]]; then
  say "PostgreSQL is not installed: its row is left out"
else
  # a database of the caller's own might hold something: only a throw-away server is filled
  env -u TEST_DATABASE_URL deploy/tools/postgres.sh deploy/tools/bench.sh --postgres "$seconds"
fi
