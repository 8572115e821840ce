#!/usr/bin/env bash
# Installs what is missing to build, test or measure docslot, and nothing else.
#
#   install.sh build    cargo-leptos, wasm-bindgen, wasm-opt, the wasm32 target, rustfmt and clippy
#   install.sh test     that, and PostgreSQL, Chromium, and the packages of the browser suite and the tests
#   install.sh bench    what "build" needs, and wrk
#   install.sh deny     cargo-deny, for `make check`
#   install.sh ship     what "build" needs, and what makes and tries packages, images and releases
#
# Versions stand in versions.env. Programs go to $DOCSLOT_TOOLS (default .tools in the clone); outside of it only the
# rustup target and distribution packages are added. A second run finds everything there and ends at once.
set -euo pipefail
. "$(dirname "$0")/common.sh"

wanted=${1:-build}

apt_install() {
  have apt-get || die "please install with your package manager: $*"
  say "installing distribution packages: $*"
  [[ -n ${apt_updated:-} ]] || as_root apt-get update -qq
  apt_updated=yes
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need COMMAND PACKAGE...: installs the packages when the command is missing.
need() {
  local command=$1
  shift
  have "$command" || apt_install "$@"
}

node_major() {
  node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/'
}

# Node.js of the distribution, or, where that is too old for the browser suite, one from the npm registry.
node_and_npm() {
  have node || apt_install nodejs
  need npm npm
  (($(node_major) >= 20)) && return
  local machine=x64
  [[ $(uname -m) != aarch64 ]] || machine=arm64
  say "installing node $NODE_VERSION (the distribution has $(node --version))"
  npm install --prefix "$tools/npm-node" --no-audit --no-fund --loglevel=error "node-linux-$machine@$NODE_VERSION"
  ln -sfn "npm-node/node_modules/node-linux-$machine" "$tools/node"
  hash -r
  (($(node_major) >= 20)) || die "node 20 or newer is needed, found $(node --version)"
}

wasm_target() {
  have rustup || die "rustup is missing: install it from https://rustup.rs and run this again"
  rustup target list --installed | grep -qx "$WASM_TARGET" && return
  say "adding the rust target $WASM_TARGET"
  rustup target add "$WASM_TARGET"
}

lints() {
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
  say "adding rustfmt and clippy"
  rustup component add rustfmt clippy
}

# A tool runs for seconds, so it is built quickly rather than well: about a third of the usual time.
quick_install() {
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
    CARGO_TARGET_DIR="$tools/build" cargo install --root "$tools" "$@"
}

cargo_leptos() {
  [[ $("$tools/bin/cargo-leptos" --version 2>/dev/null) == *" $CARGO_LEPTOS_VERSION" ]] && return
  say "building cargo-leptos $CARGO_LEPTOS_VERSION (6 to 9 minutes on two cores)"
  quick_install cargo-leptos --version "$CARGO_LEPTOS_VERSION" --locked --no-default-features --features no_downloads
}

wasm_bindgen_version() {
  awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3; exit }' "$root/Cargo.lock"
}

wasm_bindgen() {
  local version
  version=$(wasm_bindgen_version)
  [[ -n $version ]] || die "Cargo.lock names no wasm-bindgen"
  [[ $("$tools/bin/wasm-bindgen" --version 2>/dev/null) == *" $version" ]] && return
  say "building wasm-bindgen $version (about a minute on two cores)"
  # Not --locked: the lock file this version ships may name packages that a registry mirror does not serve. What the
  # tool emits does not depend on them: wasm-bindgen pins its own parts exactly. Without its default features it has
  # no TLS code, which only its test runner would use.
  quick_install wasm-bindgen-cli --version "$version" --no-default-features --bin wasm-bindgen
}

wasm_opt() {
  local package=$tools/npm/node_modules/binaryen/package.json
  grep -qs "\"version\": \"$BINARYEN_VERSION\"" "$package" && return
  say "installing wasm-opt (binaryen $BINARYEN_VERSION)"
  mkdir -p "$tools/npm"
  npm install --prefix "$tools/npm" --no-audit --no-fund --loglevel=error "binaryen@$BINARYEN_VERSION"
}

# cargo_tool NAME VERSION: a program that is called as `cargo NAME`.
cargo_tool() {
  grep -qs "^\"cargo-$1 $2 " "$tools/.crates.toml" && return
  say "building cargo-$1 $2 (one or two minutes on two cores)"
  quick_install "cargo-$1" --version "$2" --locked
}

browser_suite() {
  local installed=$root/end2end/node_modules/.package-lock.json
  [[ -e $installed && ! $root/end2end/package-lock.json -nt $installed ]] && return
  say "installing the browser suite's packages"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix "$root/end2end" --no-audit --no-fund --loglevel=error
  touch "$installed"
}

# A virtual environment, made again when the list of packages is another one. The copy of the list is written last: an
# environment without it is not finished.
python_packages() {
  local wanted=$root/deploy/tools/requirements.txt made=$tools/python
  cmp -s "$wanted" "$made/requirements.txt" && "$made/bin/python" -c '' 2>/dev/null && return
  need python3 python3 python3-venv
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  say "installing the test suite's Python packages"
  rm -rf "$made"
  mkdir -p "$tools"
  python3 -m venv "$made"
  "$made/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$made/requirements.txt"
}

build_tools() {
  need cc build-essential
  need curl curl ca-certificates
  wasm_target
  lints
  node_and_npm
  cargo_leptos
  wasm_bindgen
  wasm_opt
  rm -rf "$tools/build"
}

case $wanted in
  build) build_tools ;;
  test)
    [[ -n ${TEST_DATABASE_URL:-} || -n $(postgres_bin) ]] || apt_install postgresql
    [[ -n ${DOCSLOT_CHROMIUM:-} ]] || need chromium chromium fonts-liberation
    need patch patch
    build_tools
    browser_suite
    python_packages
    ;;
  bench)
    need wrk wrk
    build_tools
    ;;
  deny)
    need cc build-essential
    cargo_tool deny "$CARGO_DENY_VERSION"
    rm -rf "$tools/build"
    ;;
  ship)
    need dpkg-deb dpkg-dev
    need debootstrap debootstrap
    need lintian lintian
    need help2man help2man
    build_tools
    cargo_tool deb "$CARGO_DEB_VERSION"
    cargo_tool cyclonedx "$CARGO_CYCLONEDX_VERSION"
    rm -rf "$tools/build"
    ;;
  *) die "usage: install.sh build|test|bench|deny|ship" ;;
esac
