# Read by package.sh and image.sh, which run as root: a Debian in a folder, as debootstrap makes it.

# The release that packages and images are for.
DEBIAN_RELEASE=bookworm

# debian_folder_new FOLDER: makes one there and names it in $debian. What debootstrap made is kept for the next time.
debian_folder_new() {
  local kept=$tools/debian-$DEBIAN_RELEASE.tar
  debian=$1
  if [[ ! -e $kept ]]; then
    have debootstrap || die "debootstrap is missing: run deploy/tools/install.sh ship"
    say "making a Debian $DEBIAN_RELEASE (about a minute)"
    mkdir -p "$tools"
    debootstrap --variant=minbase --include=ca-certificates "$DEBIAN_RELEASE" "$debian" \
      "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$debian.log" 2>&1 ||
      { tail -n 20 "$debian.log" >&2; die "debootstrap failed"; }
    tar --create --file "$kept.part" --directory "$debian" .
    mv "$kept.part" "$kept"
  else
    mkdir -p "$debian"
    tar --extract --file "$kept" --directory "$debian"
  fi
  # installing starts nothing
  printf '#!/bin/sh\nexit 101\n' | tee "$debian/usr/sbin/policy-rc.d" >/dev/null
  chmod 755 "$debian/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$debian/etc/resolv.conf"
  mount -t proc proc "$debian/proc"
}

debian_folder_remove() {
  [[ -n ${debian:-} ]] || return 0
  umount "$debian/proc" 2>/dev/null || true
  rm -rf --one-file-system "$debian"
}
