#!/usr/bin/env bash
# Makes what is published of a version, in dist/:
#
#   docslot-VERSION-x86_64-linux.tar.gz   the program, its unit, settings, documents and licences
#   docslot_VERSION_amd64.deb             the Debian package, tried
#   docslot-VERSION-server.cdx.json       the libraries in the program (CycloneDX)
#   docslot-VERSION-browser.cdx.json      those in its WASM
#   SHA256SUMS
#
# Refuses a tree with changes that are not committed, and a version without a section in CHANGELOG.md. Builds in
# target/release-build, from the beginning, with flags that keep the folders of this machine and today's date out of
# what it makes. Takes about as long as the first `make build`. Needs root for the package's trial.
#
# BIN=PROGRAM packs that program and builds nothing, to try this script out; its artefacts are not for publishing.
set -euo pipefail
. "$(dirname "$0")/tools/common.sh"
cd "$root"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name=docslot-$version-$(uname -m)-linux
[[ -z $(git status --porcelain) ]] || die "the tree has changes that are not committed:
$(git status --short)"
grep -qE "^## $version( |$)" CHANGELOG.md || die "CHANGELOG.md has no section \"## $version\""
deploy/tools/install.sh ship

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

cargo_home=${CARGO_HOME:-$HOME/.cargo}
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}

# RUSTFLAGS replaces the flags of .cargo/config.toml, so they are given again.
build() {
  local folder flags='--cfg erase_components'
  for folder in "$root=/docslot" "$cargo_home=/cargo" "$rustup_home=/rustup"; do
    flags+=" --remap-path-prefix=$folder"
  done
  rm -rf target/release-build target/site
  RUSTFLAGS=$flags CFLAGS="${CFLAGS:-} -ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$root=/docslot" \
    CARGO_TARGET_DIR=$root/target/release-build make build server=target/release-build/release/docslot
  program=target/release-build/release/docslot
}

# Nothing that is published tells where it was built.
without_paths() {
  local file folder
  for file in "$@"; do
    for folder in "$root" "$cargo_home" "$rustup_home"; do
      ! grep -qaF "$folder/" "$file" || die "$file names $folder"
    done
  done
}

program=${BIN:-}
if [[ -z $program ]]; then
  build
  without_paths "$program" target/site/pkg/*.wasm
fi
[[ $("$program" --version) == "docslot $version" ]] || die "$program is not version $version"

rm -rf dist
mkdir -p "dist/$name"
install -m 755 "$program" "dist/$name/docslot"
[[ -z ${BIN:-} ]] || strip --strip-unneeded "dist/$name/docslot"
sed 's|/usr/bin/docslot|/usr/local/bin/docslot|; /^Documentation=/d' deploy/systemd/docslot.service \
  >"dist/$name/docslot.service"
deploy/tools/production-settings.sh >"dist/$name/docslot.toml"
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE docs/OPERATIONS.md docs/API.md docs/GUARANTEES.md "dist/$name/"
python3 deploy/tools/licences.py >"dist/$name/THIRD-PARTY-LICENCES.txt"
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory dist "$name" |
  gzip -9n >"dist/$name.tar.gz"

# libraries PART FEATURES TARGET: what is in that part, without the numbers and dates that differ with each run.
libraries() {
  local made=docslot-$version-$1.cdx
  cargo cyclonedx --format json --features "$2" --no-build-deps --target "$3" --override-filename "$made" --quiet
  python3 - "$made.json" "dist/$made.json" "$root" <<'END'
import json, sys
made, wanted, root = sys.argv[1:]
document = json.load(open(made, encoding="utf-8"))
document.pop("serialNumber", None)
document["metadata"].pop("timestamp", None)
text = json.dumps(document, indent=1).replace(root, "/docslot")
open(wanted, "w", encoding="utf-8").write(text + "\n")
END
  rm "$made.json"
}
libraries server ssr,embed x86_64-unknown-linux-gnu
libraries browser hydrate "$WASM_TARGET"

BIN=$program deploy/tools/package.sh
cp target/package/docslot_*.deb dist/
rm -rf "dist/$name"
(cd dist && sha256sum -- * >SHA256SUMS)
say "made, in dist:"
cat dist/SHA256SUMS
