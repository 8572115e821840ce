#!/usr/bin/env bash
# Puts real proxies before the real server and goes through them, as a browser without scripts and as a program do:
#
#   proxies.sh [nginx] [caddy] [apache] [haproxy]      (all four)
#
# Each proxy three times: with the plainest lines that a newcomer writes and no proxy trusted; with the example of
# deploy/proxies, in which only names, ports and files are replaced; and with that example below a path. proxies_walk.py
# says what is done. nginx besides with nothing but proxy_pass, with a host that names the port, and with a few lines,
# each with the referrer whole, cut to the origin, and missing, and with and without Sec-Fetch-Site: every form that fails
# must come back to its page with its error and what was typed, and a form of another website must be refused.
#
# DOCSLOT_BIN names the server (default target/debug/docslot), DOCSLOT_NGINX nginx (default: that of PATH). Everything
# listens on 127.0.0.1 and keeps its files in a temporary folder; no proxy runs as root. A proxy that is not installed is
# said; when none is, the exit code is 77.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

program=${DOCSLOT_BIN:-$root/target/debug/docslot}
nginx=${DOCSLOT_NGINX:-$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nginx || true)}
declare -A programs=([nginx]=$nginx)
for kind in caddy haproxy; do programs[$kind]=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$kind" || true); done
programs[apache]=$(PATH="$PATH:/usr/sbin" command -v apache2 || true)
proxies=()
for kind in "${@:-nginx caddy apache haproxy}"; do
  for kind in $kind; do
    [[ -v programs[$kind] ]] || die "no such proxy: $kind"
    if [[ -n ${programs[$kind]} ]]; then
      proxies+=("$kind")
    else
      printf '*** NOT TESTED: there is no %s on this machine (Debian: nginx-light, caddy, apache2, haproxy).\n' "$kind" >&2
    fi
  done
done
[[ ${#proxies[@]} -gt 0 ]] || exit 77
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

# settings_for BASE TRUSTED: the settings of a server below a path that trusts this proxy.
settings_for() {
  settings=(DATABASE_URL="sqlite://$folder/data/docslot.db" DOCSLOT_SERVER_ADDRESS="127.0.0.1:$back"
    DOCSLOT_SERVER_PUBLIC_URL="$site$1" DOCSLOT_SERVER_TRUSTED_PROXIES="$2" DOCSLOT_LEPTOS_HASH_FILES=false
    DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_PASSWORD_RESETS=3 DOCSLOT_MAIL_TRANSPORT=file
    DOCSLOT_MAIL_FOLDER="$folder/mail")
}

# start_server BASE TRUSTED: the server below a path, trusting this proxy.
start_server() {
  stop server
  # a message is addressed when it is sent, so those of the round before go with it
  rm -rf "$folder/mail"
  settings_for "$1" "$2"
  env "${settings[@]}" "$program" serve >"$folder/server.log" 2>&1 &
  server=$!
  until_ready curl -sS --noproxy '*' "http://127.0.0.1:$back/readyz"
}

# plain KIND: the lines that a newcomer writes.
plain() {
  case $1 in
    nginx)
      printf 'server {\n listen 443 ssl;\n server_name clinic.example;\n'
      printf ' ssl_certificate /etc/ssl/clinic.example/certificate.pem;\n ssl_certificate_key /etc/ssl/clinic.example/key.pem;\n'
      printf ' location / { proxy_pass http://127.0.0.1:3000; }\n}\n'
      ;;
    caddy) printf 'clinic.example {\n\treverse_proxy 127.0.0.1:3000\n}\n' ;;
    apache)
      printf '<VirtualHost *:443>\n ServerName clinic.example\n SSLEngine on\n'
      printf ' SSLCertificateFile /etc/ssl/clinic.example/certificate.pem\n SSLCertificateKeyFile /etc/ssl/clinic.example/key.pem\n'
      printf ' ProxyPass / http://127.0.0.1:3000/\n ProxyPassReverse / http://127.0.0.1:3000/\n</VirtualHost>\n'
      ;;
    haproxy)
      printf 'defaults\n mode http\n timeout connect 5s\n timeout client 1m\n timeout server 1m\n'
      printf 'frontend https\n bind :443 ssl crt /etc/ssl/clinic.example/both.pem\n default_backend docslot\n'
      printf 'backend docslot\n server docslot 127.0.0.1:3000\n'
      ;;
  esac
}

# The example of deploy/proxies.
example() {
  case $1 in
    caddy) cat deploy/proxies/Caddyfile ;;
    nginx | apache) cat "deploy/proxies/$1.conf" ;;
    haproxy) cat deploy/proxies/haproxy.cfg ;;
  esac
}

# Only a part of the host, as the examples say in their remarks.
below_a_path() {
  sed -e 's|location / {|location /booking {|' -e 's|^\treverse_proxy |\treverse_proxy /booking* |' \
    -e 's|ProxyPass / http://127.0.0.1:3000/|ProxyPass /booking http://127.0.0.1:3000/booking|' \
    -e 's|^  default_backend docslot|  use_backend docslot if { path_beg /booking }|'
}

# Names, ports and files of this machine in place of those of the example.
here() {
  sed -e "s|127.0.0.1:3000|127.0.0.1:$back|g" -e "s|/etc/ssl/clinic.example|$folder/$1|g" \
    -e "s|listen 443|listen 127.0.0.1:$front|" -e "s|listen 80;|listen 127.0.0.1:$spare;|" \
    -e "s|VirtualHost \\*:443|VirtualHost 127.0.0.1:$front|" -e "s|VirtualHost \\*:80>|VirtualHost 127.0.0.1:$spare>|" \
    -e "s|bind :443|bind 127.0.0.1:$front|" -e "s|bind :80|bind 127.0.0.1:$spare|" \
    -e "s|^clinic.example {|clinic.example:$front {\n\tbind 127.0.0.1\n\ttls $folder/$1/certificate.pem $folder/$1/key.pem|"
}

# run_proxy KIND LINES: the proxy with these lines, and with what it needs to run as anybody beside another one.
run_proxy() {
  local kind=$1 lines=$2 home=$folder/$1 module
  stop proxy
  case $kind in
    nginx)
      printf 'daemon off;\npid %s/nginx.pid;\nevents {}\nhttp {\naccess_log off;\n' "$home" >"$home/nginx.conf"
      for module in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s;\n' $module "$home" $module; done \
        >>"$home/nginx.conf"
      printf '%s\n}\n' "$lines" >>"$home/nginx.conf"
      set -- "$nginx" -e "$home/error.log" -p "$home/" -c "$home/nginx.conf"
      ;;
    caddy)
      printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n%s\n' "$lines" >"$home/Caddyfile"
      set -- env HOME="$home" XDG_DATA_HOME="$home" XDG_CONFIG_HOME="$home" "${programs[caddy]}" run --adapter caddyfile \
        --config "$home/Caddyfile"
      ;;
    apache)
      printf 'ServerRoot %s\nPidFile %s/pid\nErrorLog %s/error.log\nServerName clinic.example\nMutex file:%s\n' \
        "$home" "$home" "$home" "$home" >"$home/apache.conf"
      printf 'DefaultRuntimeDir %s\nListen 127.0.0.1:%s\nListen 127.0.0.1:%s\n' "$home" "$front" "$spare" >>"$home/apache.conf"
      for module in mpm_event authz_core alias headers proxy proxy_http socache_shmcb ssl; do
        printf 'LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n' $module $module
      done >>"$home/apache.conf"
      printf '%s\n' "$lines" >>"$home/apache.conf"
      set -- "${programs[apache]}" -DFOREGROUND -f "$home/apache.conf"
      ;;
    haproxy)
      printf '%s\n' "$lines" >"$home/haproxy.cfg"
      set -- "${programs[haproxy]}" -db -f "$home/haproxy.cfg"
      ;;
  esac
  (cd "$home" && as_nobody "$@") >"$folder/$kind.log" 2>&1 &
  proxy=$!
}

spare=$(free_port)
chmod 711 "$folder"
for kind in nginx caddy apache haproxy; do
  mkdir "$folder/$kind"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=clinic.example \
    -keyout "$folder/$kind/key.pem" -out "$folder/$kind/certificate.pem" 2>/dev/null
  cat "$folder/$kind/certificate.pem" "$folder/$kind/key.pem" >"$folder/$kind/both.pem"
  # a proxy, which may be another account, finds its own folder; the server makes its own, which stays closed
  [[ $(id -u) != 0 ]] || chown -R nobody "$folder/$kind"
done

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

# opening_token EMAIL: that of the link which opens the account of this address, once it is mailed.
opening_token() {
  local token
  for _ in $(seq 100); do
    token=$(grep -rl "^To: $1" "$folder/mail" 2>/dev/null | xargs -r cat | tr -d '\r' | sed -z 's/=\n//g' |
      grep -oE '/open-account/[A-Za-z0-9_-]{43}' | head -n 1) || true
    [[ -z $token ]] || { echo "${token##*/}" && return; }
    sleep 0.2
  done
}

number=0
fill_in_forms() {
  local email token
  number=$((number + 1)) email=person-$number@example.org
  : >"$folder/jar"
  expect 'wrong password' "$(send '/sign-in?next=/appointments' /fn/sign_in "$site" "email=$email" password=wrong next=/appointments)" \
    '303 /sign-in?next=/appointments|'
  expect 'its error' "$(get '/sign-in?next=/appointments')" 'Email or password is not right'
  expect 'registration' "$(send /register /fn/register "$site" name=Ana email=no-address phone= 'password=quiet green bicycle' next=/)" \
    '303 /register|'
  expect 'what was typed' "$(get /register)" 'value="no-address"'
  expect 'registration' "$(send /register /fn/register "$site" name=Ana "email=$email" phone= 'password=quiet green bicycle' next=/)" \
    '303 /register/sent?next=/|'
  token=$(opening_token "$email")
  expect 'an account' "$(send "/open-account/$token" /fn/account/open "$site" "token=$token" 'password=quiet green bicycle')" '303 /|'
  expect 'a name that is missing' "$(send /account/profile /fn/account/profile "$site" name= 'phone=020 7946 0999')" \
    '303 /account/profile|'
  expect 'what was typed' "$(get /account/profile)" 'value="020 7946 0999"'
  [[ $fetch == yes ]] || for origin in https://evil.example "http://clinic.example:$front" "http://127.0.0.1:$back"; do
    expect "a form of $origin" "$(send /doctors /fn/set_theme "$origin" theme=dark)" '403 |'
  done
}

settings_for '' ''
env "${settings[@]}" "$program" seed --demo >"$folder/seed.log" 2>&1 || die "no demo clinic: $(cat "$folder/seed.log")"
table=()
# walk KIND SETUP BASE: through the proxy that runs now.
walk() {
  local result before=$failures
  until_ready curl_site "$site$3/readyz"
  result=$(python3 deploy/tools/proxies_walk.py "$front" "$3" "$folder/mail" "$1, $2") || result='1 1'
  checks=$((checks + ${result% *})) failures=$((failures + ${result#* }))
  table+=("$(printf '%-8s %-22s %3d passed %3d failed' "$1" "$2" $((${result% *} - ${result#* })) $((failures - before)))")
}

for kind in "${proxies[@]}"; do
  start_server '' ''
  run_proxy "$kind" "$(plain "$kind" | here "$kind")"
  walk "$kind" default ''
  start_server '' 127.0.0.1
  run_proxy "$kind" "$(example "$kind" | here "$kind")"
  walk "$kind" corrected ''
  start_server /booking 127.0.0.1
  run_proxy "$kind" "$(example "$kind" | below_a_path | here "$kind")"
  walk "$kind" 'below a path' /booking
done

declare -A lines=(
  [bare]=''
  [port]='proxy_set_header Host $host:443;'
  [readme]='proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
)
if [[ " ${proxies[*]} " == *' nginx '* ]]; then
  # wrong passwords are counted in the database, and these are many
  stop server
  rm -rf "$folder/data"
  start_server '' 127.0.0.1
  for setup in bare port readme; do
    before=$checks before_failed=$failures
    run_proxy nginx "$(lines=${lines[$setup]} python3 -c 'import os, sys; print(sys.argv[1].replace("LINES", os.environ["lines"]))' \
      "$(plain nginx | sed 's|location / {|location / { LINES|' | here nginx)")"
    until_ready curl_site "$site/readyz"
    for referrer in whole origin none; do
      for fetch in yes no; do
        round="nginx $setup, referrer $referrer, Sec-Fetch-Site $fetch"
        fill_in_forms
      done
    done
    failed=$((failures - before_failed))
    table+=("$(printf '%-8s %-22s %3d passed %3d failed' nginx "forms, $setup" $((checks - before - failed)) $failed)")
  done
fi
printf '%s\n' "${table[@]}"
say "proxies: $((checks - failures)) passed, $failures failed"
[[ $failures == 0 && $checks -gt 0 ]]
