#!/usr/bin/env bash
# Puts a real nginx before the real server and fills in forms through it, as a browser without scripts does:
#
#   proxies.sh
#
# Once with nothing but proxy_pass, once with a host that names the port, once with the lines of README.md; with the
# referrer whole, cut to the origin, and missing; with and without Sec-Fetch-Site. Every form that fails must come back to
# its page with its error and what was typed, and a form of another website must be refused.
#
# DOCSLOT_BIN names the server (default target/debug/docslot), DOCSLOT_NGINX nginx (default: that of PATH). Everything
# listens on 127.0.0.1 and keeps its files in a temporary folder; nginx does not run as root. Without nginx nothing is
# tested, and the exit code is 77.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

program=${DOCSLOT_BIN:-$root/target/debug/docslot}
nginx=${DOCSLOT_NGINX:-$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nginx || true)}
if [[ -z $nginx ]]; then
  printf '%s\n' '' '*** NOT TESTED: there is no nginx on this machine.' \
    '*** Install it (Debian: apt-get install nginx-light), or name it in DOCSLOT_NGINX.' '' >&2
  exit 77
fi
[[ -x $program ]] || die "no server at $program: build it, or set DOCSLOT_BIN"
for tool in curl openssl python3; do
  have "$tool" || die "$tool is missing"
done

folder=$(mktemp -d /tmp/docslot-proxies.XXXXXX)
server= proxy=
stop() {
  [[ -z ${!1} ]] || kill "${!1}" 2>/dev/null || true
  [[ -z ${!1} ]] || wait "${!1}" 2>/dev/null || true
  printf -v "$1" ''
}
trap 'stop proxy; stop server; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# nginx as root would hand its work to another account anyway.
as_nobody() {
  if [[ $(id -u) == 0 ]]; then
    exec setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups "$@"
  else
    exec "$@"
  fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

back=$(free_port) front=$(free_port)
site=https://clinic.example:$front

curl_site() { curl -sS --insecure --noproxy '*' --resolve "clinic.example:$front:127.0.0.1" "$@"; }

until_ready() {
  for _ in $(seq 100); do
    "$@" -f -o /dev/null 2>/dev/null && return
    sleep 0.1
  done
  cat "$folder"/*.log >&2
  die "nothing answers: $*"
}

start_server() {
  DATABASE_URL=sqlite://$folder/data/docslot.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$back DOCSLOT_SERVER_PUBLIC_URL=$site \
    DOCSLOT_SERVER_TRUSTED_PROXIES=127.0.0.1 DOCSLOT_LEPTOS_HASH_FILES=false DOCSLOT_LIMITS_REGISTRATIONS=0 \
    DOCSLOT_MAIL_TRANSPORT=none "$program" serve >"$folder/server.log" 2>&1 &
  server=$!
  until_ready curl -sS --noproxy '*' "http://127.0.0.1:$back/readyz"
}

# start_proxy LINES: nginx with these lines beside proxy_pass.
start_proxy() {
  stop proxy
  cat >"$folder/nginx/nginx.conf" <<CONF
daemon off;
pid $folder/nginx/nginx.pid;
error_log $folder/nginx/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $folder/nginx/body;
  proxy_temp_path $folder/nginx/proxy;
  fastcgi_temp_path $folder/nginx/fastcgi;
  uwsgi_temp_path $folder/nginx/uwsgi;
  scgi_temp_path $folder/nginx/scgi;
  server {
    listen 127.0.0.1:$front ssl;
    server_name clinic.example;
    ssl_certificate $folder/nginx/certificate.pem;
    ssl_certificate_key $folder/nginx/key.pem;
    location / {
      proxy_pass http://127.0.0.1:$back;
      $1
    }
  }
}
CONF
  (as_nobody "$nginx" -e "$folder/nginx/error.log" -p "$folder/nginx/" -c "$folder/nginx/nginx.conf") \
    >"$folder/nginx.log" 2>&1 &
  proxy=$!
  until_ready curl_site "$site/readyz"
}

mkdir "$folder/nginx"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=clinic.example \
  -keyout "$folder/nginx/key.pem" -out "$folder/nginx/certificate.pem" 2>/dev/null
# nginx, which may be another account, finds its own folder; the server makes its own, which stays closed
chmod 711 "$folder"
[[ $(id -u) != 0 ]] || chown -R nobody "$folder/nginx"

failures=0 checks=0
# expect WHAT TEXT PATTERN: the text contains the pattern.
expect() {
  checks=$((checks + 1))
  [[ $2 == *"$3"* ]] && return
  failures=$((failures + 1))
  printf 'FAILED  %s: %s: no "%s" in: %.300s\n' "$round" "$1" "$3" "$2" >&2
}

get() { curl_site -b "$folder/jar" -c "$folder/jar" -H 'Accept: text/html' "$site$1"; }

# page_of PAGE ACTION: what the form of this page that is sent there names as its page.
page_of() {
  get "$1" | tr '\n' ' ' | sed 's/<form/\n<form/g' | grep -F "action=\"$2\"" | head -n 1 |
    sed -n 's/.*name="form_page"[^>]* value="\([^"]*\)".*/\1/p' | sed 's/&amp;/\&/g'
}

# send PAGE ACTION ORIGIN FIELD...: sends a form of the page; prints status and place of the answer.
send() {
  local page=$1 action=$2 origin=$3 field headers=()
  shift 3
  for field in "form_page=$(page_of "$page" "$action")" "$@"; do headers+=(--data-urlencode "$field"); done
  case $referrer in
    whole) headers+=(-H "Referer: $site$page") ;;
    origin) headers+=(-H "Referer: $site/") ;;
  esac
  [[ $fetch == no ]] || headers+=(-H 'Sec-Fetch-Site: same-origin')
  curl_site -o "$folder/answer" -D "$folder/head" -b "$folder/jar" -c "$folder/jar" -H 'Accept: text/html' \
    -H "Origin: $origin" "${headers[@]}" "$site$action"
  tr -d '\r' <"$folder/head" | awk 'NR == 1 { status = $2 } tolower($1) == "location:" { place = $2 } END { print status, place "|" }'
}

number=0
fill_in_forms() {
  local email
  number=$((number + 1)) email=person-$number@example.org
  : >"$folder/jar"
  expect 'wrong password' "$(send '/sign-in?next=/appointments' /fn/sign_in "$site" "email=$email" password=wrong next=/appointments)" \
    '303 /sign-in?next=/appointments|'
  expect 'its error' "$(get '/sign-in?next=/appointments')" 'Email or password is not right'
  expect 'registration' "$(send /register /fn/register "$site" name=Ana email=no-address phone= 'password=quiet green bicycle' next=/)" \
    '303 /register|'
  expect 'what was typed' "$(get /register)" 'value="no-address"'
  expect 'registration' "$(send /register /fn/register "$site" name=Ana "email=$email" phone= 'password=quiet green bicycle' next=/)" \
    '303 /|'
  expect 'a name that is missing' "$(send /account/profile /fn/account/profile "$site" name= 'phone=020 7946 0999')" \
    '303 /account/profile|'
  expect 'what was typed' "$(get /account/profile)" 'value="020 7946 0999"'
  [[ $fetch == yes ]] || for origin in https://evil.example "http://clinic.example:$front" "http://127.0.0.1:$back"; do
    expect "a form of $origin" "$(send /doctors /fn/set_theme "$origin" theme=dark)" '403 |'
  done
}

start_server
declare -A lines=(
  [bare]=''
  [port]='proxy_set_header Host $host:443;'
  [readme]='proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
)
for setup in bare port readme; do
  start_proxy "${lines[$setup]}"
  for referrer in whole origin none; do
    for fetch in yes no; do
      round="$setup, referrer $referrer, Sec-Fetch-Site $fetch"
      fill_in_forms
    done
  done
  say "nginx, $setup: done"
done
say "proxies: $checks checks, $failures failed ($("$nginx" -v 2>&1))"
[[ $failures == 0 && $checks -gt 0 ]]
