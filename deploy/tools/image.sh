#!/usr/bin/env bash
# Tries the container image where no container engine runs: it does the steps of the last stage of
# deploy/docker/Dockerfile in a Debian folder, then starts the entry point there as the image's user, without any
# capability, on a file system that cannot be written outside the volumes and /tmp, and asks for its health and a page.
#
#   image.sh [PROGRAM]      the server to put in (built with the feature `embed`); by default target/release/docslot
#
# Needs root, for chroot and mounts. Takes about ten seconds, and a minute more the first time.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/deploy/tools/debian-folder.sh"

program=${1:-$root/target/release/docslot}
[[ -x $program ]] || die "no program at $program: run make build"
[[ $(id -u) == 0 ]] || die "needs root, for chroot and mounts"

# For the mounts to end with this script, whatever happens.
if [[ -z ${DOCSLOT_UNSHARED:-} ]]; then
  DOCSLOT_UNSHARED=yes exec unshare --mount --propagation private "$0" "$program"
fi

folder=$(mktemp -d /tmp/docslot-image.XXXXXX)
server=
leave() {
  [[ -z $server ]] || kill -TERM "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  mapfile -t mounted < <(awk -v folder="$folder" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | tac)
  [[ ${#mounted[@]} == 0 ]] || umount "${mounted[@]}" 2>/dev/null || true
  rm -rf --one-file-system "$folder"
}
trap leave EXIT

debian_folder_new "$folder/image"
image=$folder/image
variables=() volumes=() user='' workdir=/ entry=() health=()

# words JSON: the strings of a JSON list, one on each line.
words() { python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$1"; }

step() {
  local name=$1 rest=$2
  case $name in
    RUN) chroot "$image" sh -c "$rest" ;;
    COPY)
      [[ $rest =~ ^--from=build\ /build/target/release/docslot\ ([^ ]+)$ ]] || die "unknown step: COPY $rest"
      install -m 755 "$program" "$image${BASH_REMATCH[1]}"
      ;;
    ENV) variables+=("$rest") ;;
    WORKDIR) workdir=$rest ;;
    VOLUME) volumes+=("$rest") ;;
    USER) user=$rest ;;
    EXPOSE) ;;
    HEALTHCHECK) mapfile -t health < <(words "${rest#*CMD }") ;;
    ENTRYPOINT) mapfile -t entry < <(words "$rest") ;;
    *) die "unknown step: $name $rest" ;;
  esac
}

last_stage=$(awk '/^FROM / { text = ""; next } /^[A-Z]/ { text = text $0 "\n" } END { printf "%s", text }' \
  "$root/deploy/docker/Dockerfile")
while read -r name rest; do
  step "$name" "$rest"
done <<<"$last_stage"
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || die "the image's user is not a number other than 0: $user"
say "the image has $(du -shx "$image" | cut -f 1), of which docslot $(stat -c %s "$program" | numfmt --to=iec)"

# what a container gets: the root read-only, its volumes and /tmp writable
mount --bind "$image" "$image"
mount -o remount,ro,bind "$image"
for volume in "${volumes[@]}"; do
  mkdir -p "$folder/volume"
  cp -a "$image$volume/." "$folder/volume"
  chown --reference="$image$volume" "$folder/volume"
  chmod --reference="$image$volume" "$folder/volume"
  mount --bind "$folder/volume" "$image$volume"
done
mount -t tmpfs tmpfs "$image/tmp"

port=$(free_port)
inside=(chroot "$image" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs
  --bounding-set=-all env -i --chdir="$workdir" PATH=/usr/bin:/bin "${variables[@]}"
  DOCSLOT_SERVER_ADDRESS="127.0.0.1:$port")
! "${inside[@]}" touch /usr/written 2>/dev/null || die "the root of the image can be written"
! "${inside[@]}" "${health[@]}" 2>/dev/null || die "healthy, though no server runs"
"${inside[@]}" "${entry[@]}" serve >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 150); do
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; die "the server ended"; }
  "${inside[@]}" "${health[@]}" >/dev/null 2>&1 && healthy=yes && break
  sleep 0.2
done
[[ -n ${healthy:-} ]] || { cat "$folder/log" >&2; die "the server is not healthy"; }
say "healthy, as user $(awk '/^Uid/ { print $2 }' "/proc/$server/status")," \
  "capabilities $(awk '/^CapBnd/ { print $2 }' "/proc/$server/status")"

page=$(curl -fsS --max-time 20 -H 'Accept: text/html' "http://127.0.0.1:$port/")
style=$(grep -oE '/pkg/docslot[^"]*\.css' <<<"$page" | head -n 1)
sent=$(curl -fsS --max-time 20 -o /dev/null -D - -H 'Accept-Encoding: br' "http://127.0.0.1:$port$style" | tr -d '\r')
grep -qi '^content-encoding: br' <<<"$sent" || die "the style sheet is not sent compressed"
[[ -s $folder/volume/docslot.db ]] || die "the database is not on the volume"
say "a page and its style sheet came, and the database is on the volume"
kill -TERM "$server"
wait "$server" || die "it did not stop well"
server=
say "it stopped when told to; the image is good"
