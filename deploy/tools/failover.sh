#!/usr/bin/env bash
# Two docslot servers behind HAProxy, on two PostgreSQL servers kept by Patroni and three of etcd; bookings go through the
# balancer while the primary PostgreSQL is killed with SIGKILL again and again:
#
#   failover.sh [KILLS]      3 unless said otherwise, in 70 seconds; 30 take ten minutes
#
# At the end the database is compared with what every client was told: no acknowledged booking or cancellation is lost,
# nothing overlaps, and a request that was sent again under its Idempotency-Key had one effect. Prints how long there was
# no service after each kill.
#
# The configuration is deploy/cluster/. DOCSLOT_BIN names the server (default target/debug/docslot), DOCSLOT_KEEP a folder
# that gets the logs and attempts.jsonl, the outcome of every request. Everything listens on loopback addresses, on free
# ports, with its files in a temporary folder, and is stopped at the end. Debian's packages patroni, etcd-server, haproxy
# and postgresql are installed when they are missing, and nothing of them is left running.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

kills=${1:-3}
[[ $kills =~ ^[1-9][0-9]*$ ]] || die "usage: failover.sh [KILLS]"
program=${DOCSLOT_BIN:-$root/target/debug/docslot}
[[ -x $program ]] || die "no server at $program: build it, or set DOCSLOT_BIN"
PATH=$PATH:/usr/sbin

install_servers() {
  local missing=() policy=/usr/sbin/policy-rc.d
  have patroni || missing+=(patroni python3-etcd)
  have etcd || missing+=(etcd-server)
  have haproxy || missing+=(haproxy)
  [[ -n $(postgres_bin) ]] || missing+=(postgresql)
  ((${#missing[@]})) || return 0
  have apt-get || die "please install with your package manager: ${missing[*]}"
  say "installing distribution packages: ${missing[*]}"
  # Debian starts what it installs, unless this file says that it may not
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [[ -z $(trap -p EXIT) ]] || { as_root rm -f "$policy"; trap - EXIT; }
}
install_servers
have python3 || die "python3 is missing: the clients are written in it"
bin=$(postgres_bin)

folder=$(mktemp -d /tmp/docslot-failover.XXXXXX)
started=()
ports=()
stop() {
  local name pid port
  # Patroni stops its PostgreSQL; one that it has lost is stopped here
  for name in docslot-a docslot-b haproxy patroni-a patroni-b etcd-1 etcd-2 etcd-3; do
    [[ ! -e $folder/$name.pid ]] || kill "$(<"$folder/$name.pid")" 2>/dev/null || true
    [[ $name != patroni-b ]] || sleep 2
  done
  for name in a b; do
    as_owner "$bin/pg_ctl" --pgdata "$folder/data-$name" --mode immediate --silent stop >/dev/null 2>&1 || true
  done
  for pid in "${started[@]}"; do
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if [[ -n ${DOCSLOT_KEEP:-} ]]; then
    mkdir -p "$DOCSLOT_KEEP"
    cp "$folder"/*.log "$folder"/*.jsonl "$DOCSLOT_KEEP" 2>/dev/null || true
  fi
  # sockets of servers that were killed
  for port in "${ports[@]:8:2}"; do rm -f "/tmp/.s.PGSQL.$port" "/tmp/.s.PGSQL.$port.lock"; done
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# PostgreSQL refuses to run as root.
as_owner() {
  if [[ $(id -u) == 0 ]]; then
    (cd / && setpriv --reuid postgres --regid postgres --init-groups "$@")
  else
    "$@"
  fi
}

# start NAME COMMAND...: in the background, with its output in NAME.log and its process in NAME.pid.
start() {
  local name=$1
  shift
  (
    trap - EXIT INT TERM
    cd /
    if [[ $(id -u) == 0 && $name != docslot-* ]]; then set -- setpriv --reuid postgres --regid postgres --init-groups "$@"; fi
    exec "$@"
  ) >"$folder/$name.log" 2>&1 </dev/null &
  started+=($!)
  echo $! >"$folder/$name.pid"
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local seconds=$1 what=$2
  shift 2
  for _ in $(seq $((seconds * 5))); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  tail -n 15 "$folder"/*.log >&2
  die "$what: not in $seconds seconds"
}

mapfile -t ports < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(15)]
for s in sockets: s.bind(("127.0.0.1", 0))
for s in sockets: print(s.getsockname()[1])')
host=127.0.0.1
secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
[[ $(id -u) != 0 ]] || chown postgres "$folder"
began=$SECONDS

# --- etcd ------------------------------------------------------------------------------------------------------------------
members="1=http://$host:${ports[0]},2=http://$host:${ports[1]},3=http://$host:${ports[2]}"
for n in 1 2 3; do
  peer=http://$host:${ports[$((n - 1))]} client=http://$host:${ports[$((n + 2))]}
  # a slow disk must not cost etcd its leader
  start "etcd-$n" etcd --name "$n" --data-dir "$folder/etcd-$n" --listen-peer-urls "$peer" \
    --initial-advertise-peer-urls "$peer" --listen-client-urls "$client" --advertise-client-urls "$client" \
    --initial-cluster "$members" --heartbeat-interval 200 --election-timeout 2000 --logger zap
done
for n in 3 4 5; do
  wait_for 30 "etcd" curl -fsS --noproxy '*' "http://$host:${ports[$n]}/health"
done

# --- PostgreSQL, by Patroni --------------------------------------------------------------------------------------------------
export PATRONI_ETCD3_HOSTS="$host:${ports[3]},$host:${ports[4]},$host:${ports[5]}"
export PATRONI_SUPERUSER_USERNAME=postgres PATRONI_REPLICATION_USERNAME=replicator
PATRONI_SUPERUSER_PASSWORD=$(secret) PATRONI_REPLICATION_PASSWORD=$(secret)
export PATRONI_SUPERUSER_PASSWORD PATRONI_REPLICATION_PASSWORD PATRONI_POSTGRESQL_BIN_DIR=$bin
cp deploy/cluster/patroni.yml "$folder/patroni.yml"
chmod 644 "$folder/patroni.yml"
start_patroni() {
  local name=$1 rest=$host:$2 postgres=$host:$3
  PATRONI_NAME=$name PATRONI_RESTAPI_LISTEN=$rest PATRONI_RESTAPI_CONNECT_ADDRESS=$rest \
    PATRONI_POSTGRESQL_LISTEN=$postgres PATRONI_POSTGRESQL_CONNECT_ADDRESS=$postgres \
    PATRONI_POSTGRESQL_DATA_DIR=$folder/data-$name PATRONI_POSTGRESQL_PGPASS=$folder/pgpass-$name \
    start "patroni-$name" patroni "$folder/patroni.yml"
}
start_patroni a "${ports[6]}" "${ports[8]}"
wait_for 60 "the first PostgreSQL" curl -fsS --noproxy '*' "http://$host:${ports[6]}/primary"
start_patroni b "${ports[7]}" "${ports[9]}"
wait_for 60 "the standby" curl -fsS --noproxy '*' "http://$host:${ports[7]}/synchronous"

# --- HAProxy -----------------------------------------------------------------------------------------------------------------
export WEBSITE=$host:${ports[10]} SERVER_A=$host:${ports[11]} SERVER_B=$host:${ports[12]}
export POSTGRES=$host:${ports[13]} POSTGRES_A=$host:${ports[8]} POSTGRES_B=$host:${ports[9]}
export PATRONI_A_PORT=${ports[6]} PATRONI_B_PORT=${ports[7]}
cp deploy/cluster/haproxy.cfg "$folder/haproxy.cfg"
start haproxy haproxy -db -f "$folder/haproxy.cfg"

password=$(secret)
as_superuser() { PGPASSWORD=$PATRONI_SUPERUSER_PASSWORD psql -qAtX -v ON_ERROR_STOP=1 -h "$host" -p "${ports[13]}" -U postgres "$@"; }
# before its first question HAProxy takes every server for the primary
wait_for 30 "PostgreSQL behind HAProxy" as_superuser -c 'create temporary table takes_writes ()' postgres
sleep 2
as_superuser -c "create role docslot login password '$password'" -c 'create database docslot owner docslot' postgres

# --- docslot -----------------------------------------------------------------------------------------------------------------
export DATABASE_URL=postgres://docslot:$password@$POSTGRES/docslot DOCSLOT_LEPTOS_HASH_FILES=false
export DOCSLOT_SERVER_PUBLIC_URL=http://$WEBSITE DOCSLOT_SERVER_TRUSTED_PROXIES=$host
export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
"$program" seed --demo >/dev/null
DOCSLOT_SERVER_ADDRESS=$SERVER_A start docslot-a "$program" serve
DOCSLOT_SERVER_ADDRESS=$SERVER_B start docslot-b "$program" serve
for server in "$SERVER_A" "$SERVER_B"; do
  wait_for 60 "docslot" curl -fsS --noproxy '*' "http://$server/readyz"
done
wait_for 10 "docslot behind HAProxy" curl -fsS --noproxy '*' "http://$WEBSITE/readyz"
say "$("$bin/postgres" --version), $(patroni --version), etcd $(etcd --version | sed -n 's/etcd Version: //p'), $(haproxy -v | head -n 1 | cut -d ' ' -f 1-3): up after $((SECONDS - began)) s"

export FOLDER=$folder KILLS=$kills PGPASSWORD=$password
python3 "$root/deploy/tools/failover.py"
say "took $((SECONDS - began)) s"
