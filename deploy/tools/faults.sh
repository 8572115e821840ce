#!/usr/bin/env bash
# Breaks a running server in every way that we know while docslot-storm books, and has its checker compare what the clients
# were told with the database: nothing that was acknowledged may be missing, nothing may be booked twice.
#
#   faults.sh ENGINE [FAULT...]   sqlite or postgres; without names, every fault of the table below
#   faults.sh ENGINE seeded       builds the program with faults (deploy/tools/faults/*.patch), each of which must be found
#
# FAULTS=short does each a few times instead of the numbers below. DOCSLOT_BIN and DOCSLOT_STORM name other programs than
# those of the release build. Needs root for a full disk (a small tmpfs); strace and libfaketime are installed when they are
# missing. Ends with 1 when a fault left something wrong.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

engine=${1:-}
[[ $engine == sqlite || $engine == postgres ]] || die "usage: faults.sh sqlite | postgres [FAULT...]"
shift
if [[ $engine == postgres && -z ${POSTGRES_DATA:-} ]]; then
  # a server that waits for its log, and that may be killed
  unset TEST_DATABASE_URL
  exec env POSTGRES_DURABLE=1 deploy/tools/postgres.sh "$0" postgres "$@"
fi
program=${DOCSLOT_BIN:-$root/target/release/docslot}
storm=${DOCSLOT_STORM:-$root/target/release/docslot-storm}
[[ -x $program && -x $storm ]] || die "no release build: run make faults"
have strace && [[ -e /usr/share/doc/libfaketime ]] || as_root apt-get install -y -qq strace libfaketime >/dev/null

folder=$(mktemp -d /tmp/docslot-faults.XXXXXX)
chmod 755 "$folder"
server= storming= port= url=
failed=0
mounted=

stop_server() {
  [[ -z $server ]] || kill -CONT "$server" 2>/dev/null || true
  [[ -z $server ]] || kill -KILL "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
clear_up() {
  [[ -z $storming ]] || kill -KILL "$storming" 2>/dev/null || true
  stop_server
  [[ -z $mounted ]] || as_root umount -l "$mounted" || true
  rm -rf "$folder"
}
trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

times() { if [[ ${FAULTS:-} == short ]]; then echo "$2"; else echo "$1"; fi; }
now_ms() { date +%s%3N; }
pause() { sleep "0.$((RANDOM % 7 + 2))"; }

export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_HOLDS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
export DOCSLOT_LEPTOS_HASH_FILES=false DOCSLOT_TELEMETRY_LOG=warn

pg() { "$(postgres_bin)/psql" -X -q -t -A -v ON_ERROR_STOP=1 "$TEST_DATABASE_URL" "$@"; }
pg_control() {
  local owner=(env)
  [[ $(id -u) != 0 ]] || owner=(runuser -u postgres --)
  (cd / && "${owner[@]}" "$(postgres_bin)/pg_ctl" --pgdata "$POSTGRES_DATA" --silent --wait --timeout 60 "$@" >/dev/null 2>&1)
}
# Starts PostgreSQL until it answers: one that cannot recover yet may still end by itself.
start_postgres() {
  for _ in $(seq 120); do
    pg_control status || pg_control --log "$POSTGRES_DATA/../server.log" --options "$POSTGRES_OPTIONS" start || true
    pg -c 'select 1' >/dev/null 2>&1 && return
    sleep 0.5
  done
  die "PostgreSQL does not start again"
}

# A seeded clinic, of which each fault gets a copy.
seed() {
  say "$engine: a clinic"
  if [[ $engine == sqlite ]]; then
    DATABASE_URL=sqlite://$folder/template.db "$program" seed --demo >/dev/null 2>"$folder/seed.log"
  else
    pg -c 'create database template'
    DATABASE_URL=${TEST_DATABASE_URL%/*}/template "$program" seed --demo >/dev/null 2>"$folder/seed.log"
  fi
}

# fresh FOLDER: a database of its own in $DATABASE_URL.
copies=0
fresh() {
  copies=$((copies + 1))
  if [[ $engine == sqlite ]]; then
    cp "$folder/template.db" "$1/clinic-$copies.db"
    export DATABASE_URL=sqlite://$1/clinic-$copies.db
  else
    pg -c "create database clinic_$copies template template"
    export DATABASE_URL=${TEST_DATABASE_URL%/*}/clinic_$copies
  fi
}

# start_server [VARIABLE=VALUE...]: and waits for the first answer; adds to $recoveries how long that took.
recoveries=()
start_server() {
  local began
  began=$(now_ms)
  env "$@" "$program" serve >>"$folder/server.log" 2>&1 &
  server=$!
  until_ready "$began"
}
# until_ready MS: since then.
until_ready() {
  while (($(now_ms) - $1 < 120000)); do
    if curl -fsS -m 2 -o /dev/null "$url/readyz" 2>/dev/null; then
      recoveries+=($(($(now_ms) - $1)))
      return
    fi
    kill -0 "$server" 2>/dev/null || { tail -n 5 "$folder/server.log" >&2; return 1; }
    sleep 0.02
  done
  say "the server does not answer" >&2
  return 1
}

# begin NAME [storm arguments]: a server on a fresh database (unless begun already), and a storm on it.
begin() {
  history=$folder/$1.jsonl
  shift
  "$storm" run --url "$url" --clients 24 --attempts 1000000000 --history "$history" --seed "$RANDOM" "$@" \
    >"$folder/storm.log" 2>&1 &
  storming=$!
  # it has registered its patients when it writes
  for _ in $(seq 600); do
    [[ -s $history ]] && return
    kill -0 "$storming" 2>/dev/null || { cat "$folder/storm.log" >&2; die "the storm ended"; }
    sleep 0.1
  done
  die "the storm does not begin"
}

# finish NAME COUNT [checker arguments]: ends the storm and prints a row of the table.
finish() {
  local name=$1 count=$2 verdict=fine done lost middle most ended=0
  shift 2
  kill -TERM "$storming" 2>/dev/null || true
  wait "$storming" || ended=$?
  storming=
  "$storm" check --history "$history" --database "$DATABASE_URL" "$@" >"$folder/check.log" 2>&1 || verdict=VIOLATED
  ((ended == 0)) || verdict="STORM FAILED"
  done=$(awk '$2 == "done" && $1 != "read" { n += $3 } END { print n + 0 }' "$folder/check.log")
  lost=$(awk '/^every acknowledged/ { print $(NF - 1) }' "$folder/check.log")
  ((done > 0)) || verdict="NOTHING DONE"
  read -r middle most < <(printf '%s\n' "${recoveries[@]:-0}" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)], t[NR] }')
  printf '%-9s %-22s %6s times %8s acknowledged %4s lost   first answer after %5s ms, at most %5s   %s\n' \
    "$engine" "$name" "$count" "$done" "${lost:-?}" "$middle" "$most" "$verdict"
  if [[ $verdict != fine ]]; then
    failed=1
    cat "$folder/storm.log" "$folder/check.log" >&2
    tail -n 20 "$folder/server.log" >&2
  fi
  rm -f "$history"
  stop_server
}

# ready_to NAME [storm arguments]: server and storm.
ready_to() {
  fresh "$folder"
  port=$(free_port) url=
  url=http://127.0.0.1:$port
  export DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port
  start_server
  recoveries=()
  begin "$@"
}

# --- the faults ---------------------------------------------------------------------------------------------------------

fault_kill() {
  local count
  count=$(times 100 3)
  ready_to kill
  for _ in $(seq "$count"); do
    pause
    stop_server
    start_server
  done
  pause
  finish 'kill -9' "$count"
}

fault_term() {
  local count code
  count=$(times 50 3)
  ready_to term
  for _ in $(seq "$count"); do
    pause
    kill -TERM "$server"
    code=0
    wait "$server" || code=$?
    ((code == 0)) || { say "told to stop, the server ended with $code"; failed=1; }
    start_server
  done
  pause
  finish 'SIGTERM' "$count"
}

fault_disconnects() {
  local count
  count=$(times 10000 500)
  ready_to disconnects --cuts 300
  until (($(grep -c '"e":"unknown"' "$history" || true) >= count)); do sleep 1; done
  # whoever was cut off may still be at work
  finish 'client disconnects' "$count"
}

fault_pause() {
  local began
  ready_to pause
  sleep 2
  kill -STOP "$server"
  sleep 10
  began=$(now_ms)
  kill -CONT "$server"
  until_ready "$began"
  sleep 2
  finish 'SIGSTOP for 10 s' 1
}

fault_clock() {
  local clock=$folder/clock library
  library=$(find /usr/lib /usr/local/lib -name 'libfaketimeMT.so.1' 2>/dev/null | head -n 1)
  [[ -n $library ]] || { say "no libfaketime: the clock was not moved"; return; }
  fresh "$folder"
  port=$(free_port)
  url=http://127.0.0.1:$port
  export DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port
  echo '+0' >"$clock"
  start_server LD_PRELOAD="$library" FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
  recoveries=()
  begin clock
  for offset in +3600 -3600 +3600 +0; do
    sleep 3
    echo "$offset" >"$clock.new"
    mv "$clock.new" "$clock"
  done
  sleep 3
  until_ready "$(now_ms)"
  finish 'clock by an hour' 4 --clock-moved
}

# Every fdatasync of the running server fails: SQLite's must end it, PostgreSQL ends and recovers.
fault_fsync() {
  local tracer target code=0
  ready_to fsync
  sleep 2
  target=$server
  [[ $engine == sqlite ]] || target=$(head -n 1 "$POSTGRES_DATA/postmaster.pid")
  as_root strace -f -q -p "$target" -e trace=fdatasync,fsync -e inject=fdatasync,fsync:error=EIO -o /dev/null 2>/dev/null &
  tracer=$!
  if [[ $engine == sqlite ]]; then
    for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
    kill -0 "$server" 2>/dev/null && { say "the server goes on after a failed fdatasync"; failed=1; kill -KILL "$server"; }
    wait "$server" || code=$?
    ((code == 1)) || { say "after a failed fdatasync the server ended with $code"; failed=1; }
    wait "$tracer" 2>/dev/null || true
    start_server
  else
    sleep 3
    # the shell in between would leave it behind
    as_root pkill -P "$tracer" || true
    wait "$tracer" 2>/dev/null || true
    began=$(now_ms)
    sleep 0.5
    start_postgres
    until_ready "$began"
  fi
  sleep 2
  finish 'fdatasync fails' 1
}

fault_full() {
  [[ $engine == sqlite ]] || return 0
  local small=$folder/small
  mkdir "$small"
  as_root mount -t tmpfs -o size=64m tmpfs "$small" || { say "no tmpfs can be mounted: no full disk"; return; }
  mounted=$small
  fresh "$small"
  port=$(free_port)
  url=http://127.0.0.1:$port
  export DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port
  start_server
  recoveries=()
  begin full
  sleep 2
  dd if=/dev/zero of="$small/filler" bs=64k 2>/dev/null || true
  for _ in $(seq 1200); do grep -q '"status":503' "$history" && break; sleep 0.1; done
  grep -q '"status":503' "$history" || { say "the disk never became full"; failed=1; }
  sleep 3
  rm "$small/filler"
  until_ready "$(now_ms)"
  sleep 3
  finish 'disk full' 1
  as_root umount "$small" && mounted=
}

fault_backend() {
  [[ $engine == postgres ]] || return 0
  local count pid began
  count=$(times 30 3)
  ready_to backend
  for _ in $(seq "$count"); do
    pause
    pid=$(pg -c "select pid from pg_stat_activity where application_name = 'docslot' order by state = 'idle', random() limit 1" || true)
    [[ -n $pid ]] || continue
    began=$(now_ms)
    as_root kill -KILL "$pid"
    until_ready "$began"
  done
  pause
  finish 'backend killed' "$count"
}

fault_restart() {
  [[ $engine == postgres ]] || return 0
  local count began
  count=$(times 5 1)
  ready_to restart
  for _ in $(seq "$count"); do
    sleep 2
    began=$(now_ms)
    pg_control --mode fast stop || true
    start_postgres
    until_ready "$began"
  done
  sleep 2
  finish 'PostgreSQL restarts' "$count"
}

# --- faults in the program, which the checker must find --------------------------------------------------------------------

# found NAME PATTERN: the checker must end with 1 and find violations of the property.
found() {
  local code=0
  shopt -s nullglob
  "$storm" check --history "$history" --database "$DATABASE_URL" >"$folder/check.log" 2>&1 || code=$?
  if ((code == 1)) && grep -E "$2" "$folder/check.log" | grep -qvE ' 0 violations'; then
    printf '%-9s %-22s found: %s\n' "$engine" "$1" "$(grep -E "$2" "$folder/check.log" | grep -vE ' 0 violations' | head -n 1 | tr -s ' ')"
    grep -A 1 -E "$2" "$folder/check.log" | grep -m 1 'first:' | cut -c 1-300
  else
    failed=1
    say "$1 was NOT found"
    cat "$folder/check.log" >&2
  fi
  rm -f "$history"
}

drop_overlap_rules() {
  if [[ $engine == sqlite ]]; then
    python3 - "$folder/template.db" <<'PYTHON'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.executescript("drop trigger appointments_no_overlap_insert; drop trigger appointments_no_overlap_update;")
PYTHON
  else
    "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 "${TEST_DATABASE_URL%/*}/template" -c 'alter table appointments
      drop constraint appointments_doctor_no_overlap, drop constraint appointments_patient_no_overlap'
  fi
}

# build_with PATCH: a program with this fault, from a copy of the tree.
build_with() {
  say "building with $1"
  rm -rf "$folder/tree"
  mkdir "$folder/tree"
  git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$folder/tree"
  patch -d "$folder/tree" -p1 --fuzz=0 --no-backup-if-mismatch <"$root/deploy/tools/faults/$1.patch" >/dev/null ||
    die "deploy/tools/faults/$1.patch does not fit to the source any more: write it anew"
  (cd "$folder/tree" && CARGO_TARGET_DIR=${FAULTS_TARGET:-$root/target/faults} cargo build --quiet --features ssr --bin docslot)
  program=${FAULTS_TARGET:-$root/target/faults}/debug/docslot
}

seeded() {
  local second
  build_with no-predicate
  seed
  drop_overlap_rules
  ready_to seeded
  sleep 8
  end_storm
  stop_server
  found 'no overlap rules' '^(no two appointments|each time of a doctor)'

  build_with early-answer
  ready_to seeded
  sleep 5
  stop_server
  start_server
  sleep 2
  end_storm
  stop_server
  found 'answer before commit' '^(every acknowledged|what was acknowledged is read)'

  [[ $engine == sqlite ]] || return 0
  build_with swallowed-error
  fresh "$folder"
  second=$(free_port)
  env DOCSLOT_SERVER_ADDRESS=127.0.0.1:"$second" "$program" serve >>"$folder/server.log" 2>&1 &
  rival=$!
  port=$(free_port)
  url=http://127.0.0.1:$port
  export DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port
  start_server
  begin seeded --url "http://127.0.0.1:$second"
  sleep 8
  end_storm
  stop_server
  kill -KILL "$rival"
  wait "$rival" 2>/dev/null || true
  found 'swallowed error' '^(every acknowledged|what was acknowledged is read)'
}

end_storm() {
  kill -TERM "$storming" 2>/dev/null || true
  wait "$storming" || true
  storming=
}

if [[ ${1:-} == seeded ]]; then
  seeded
  exit "$failed"
fi
seed
(($# > 0)) || set -- kill term disconnects pause clock fsync full backend restart
for fault in "$@"; do
  declare -F "fault_$fault" >/dev/null || die "there is no fault $fault"
  "fault_$fault"
done
exit "$failed"
