#!/usr/bin/env bash
# Prints the settings of an installed server: Leptos.toml with the places where a package keeps things. Fails when a key
# that it changes is no longer there.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# without the section about the build's folder: the files are in the program
text=$(awk '/^\[/ { skip = /^\[leptos\]/ } !skip' "$root/Leptos.toml")

# change LINE LINE: replaces the one line that reads so.
change() {
  [[ $(grep -cxF "$1" <<<"$text") == 1 ]] || die "Leptos.toml does not say exactly once: $1"
  text=$(sed "s|^$1\$|$2|" <<<"$text")
}

change 'url = "sqlite://data/docslot.db"' 'url = "sqlite:///var/lib/docslot/docslot.db"'
change 'folder = "data/papers"' 'folder = "/var/lib/docslot/papers"'
change 'folder = "data/mail"' 'folder = "/var/lib/docslot/mail"'

cat <<'END'
# The settings of docslot. After a change: systemctl restart docslot
# `docslot check` says what is in force and whether it works. Run it as the server's user:
#   runuser -u docslot -- env DOCSLOT_CONFIG=/etc/docslot/docslot.toml docslot check
#
# First set server.public_url and [clinic].

END
printf '%s\n' "$text"
