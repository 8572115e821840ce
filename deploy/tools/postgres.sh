#!/usr/bin/env bash
# Runs a command against a throw-away PostgreSQL, and removes the server afterwards:
#
#   postgres.sh COMMAND [ARGUMENT...]
#
# The command finds it in TEST_DATABASE_URL (a superuser's address; databases may be created at will). When
# TEST_DATABASE_URL is set already, that server is used and nothing is started. The server listens on a free loopback
# port with a random password, keeps its files in a temporary folder, and does not wait for the disk: its data is
# worth nothing. The command finds pg_dump and pg_restore of the newest PostgreSQL on this machine first in its PATH.
# With POSTGRES_DURABLE=1 the server does wait for the disk, and names its files and options in POSTGRES_DATA and
# POSTGRES_OPTIONS, so that it can be killed and started again.
set -euo pipefail
. "$(dirname "$0")/common.sh"

[[ $# -gt 0 ]] || die "usage: postgres.sh COMMAND [ARGUMENT...]"

bin=$(postgres_bin)
[[ -z $bin ]] || export PATH="$bin:$PATH"

if [[ -n ${TEST_DATABASE_URL:-} ]]; then
  say "PostgreSQL: the server named by TEST_DATABASE_URL"
  exec "$@"
fi

[[ -n $bin ]] || die "PostgreSQL is not installed: run deploy/tools/install.sh test"

# PostgreSQL refuses to run as root, so root hands it to the user Debian's package made for it.
as_owner() {
  if [[ $(id -u) == 0 ]]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

folder=$(mktemp -d /tmp/docslot-postgres.XXXXXX)
stop() {
  as_owner "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$folder/password"
chmod 600 "$folder/password"
[[ $(id -u) != 0 ]] || chown -R postgres "$folder"

as_owner "$bin/initdb" --pgdata "$folder/data" --username docslot --pwfile "$folder/password" \
  --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log" >&2; die "initdb failed"; }

# Another program may take the free port before the server does: then try the next one.
started=
for _ in 1 2 3 4 5; do
  port=$(free_port)
  options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=300"
  options+=" -c max_wal_size=4GB"
  [[ -n ${POSTGRES_DURABLE:-} ]] || options+=" -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
  if as_owner "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/server.log" --options "$options" \
    --wait --timeout 60 --silent start >/dev/null; then
    started=yes
    break
  fi
done
[[ -n $started ]] || { cat "$folder/server.log" >&2; die "PostgreSQL did not start"; }

say "PostgreSQL: $("$bin/postgres" --version), throw-away, port $port"
export POSTGRES_DATA=$folder/data POSTGRES_OPTIONS=$options
export TEST_DATABASE_URL="postgres://docslot:$password@127.0.0.1:$port/postgres"
"$@"
