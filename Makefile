# One command runs it, one command tests it. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Where tools are installed; share one folder between clones by setting it outside.
DOCSLOT_TOOLS ?= .tools
export DOCSLOT_TOOLS := $(abspath $(DOCSLOT_TOOLS))
export PATH := $(DOCSLOT_TOOLS)/bin:$(DOCSLOT_TOOLS)/npm/node_modules/.bin:$(DOCSLOT_TOOLS)/node/bin:$(PATH)

tools := deploy/tools
server := target/release/docslot
bench_program := target/release/docslot-bench
storm_program := target/release/docslot-storm
# Made after a build of the browser's part; `make run` starts at once while nothing is newer. It lies in the folder that
# cargo-leptos empties, so that an interrupted build, or one by hand, does not look finished.
site := target/site/.built
# The part for the page of the desk is built beside it, and its script and WASM go along.
desk_site := target/site-desk
sources := Cargo.toml Cargo.lock .cargo/config.toml $(shell find src -path src/tests -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## list what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## */\1\t/' | expand -t 14

# The demo's messages to patients go into data/mail, whatever Leptos.toml says; set DOCSLOT_MAIL_TRANSPORT to send them.
run dev: export DOCSLOT_MAIL_TRANSPORT ?= file

.PHONY: run
run: $(server) ## build for release and serve the demo on http://127.0.0.1:3000
	@$(server) seed --demo
	@exec $(server) serve

.PHONY: dev
dev: tools ## serve the demo and rebuild on every change
	cargo leptos build --lib-features desk
	target/debug/docslot seed --demo
	cargo leptos watch --lib-features desk -- serve

# `cargo leptos watch` gives hashed file names on its first build only, so development does without them; a folder of
# its own keeps it from emptying the release build's. All pages load one part there, with the live desk in it.
dev: export LEPTOS_HASH_FILES = false
dev: export LEPTOS_SITE_ROOT = target/site-dev

.PHONY: build
build: $(server) ## build server and browser for release

.PHONY: test
test: ## format, clippy, unit, integration (SQLite and PostgreSQL), browser suite, budgets
	@$(tools)/test.sh

.PHONY: check
check: tools ## format and clippy, for server and browser
	cargo fmt --check
	cargo clippy --all-targets --features ssr -- --deny warnings
	cargo clippy --lib --target wasm32-unknown-unknown --features hydrate -- --deny warnings
	cargo clippy --lib --target wasm32-unknown-unknown --features desk -- --deny warnings
	@$(tools)/install.sh deny
	cargo deny --log-level error check licenses bans sources

.PHONY: advisories
advisories: ## known weaknesses of the dependencies; asks the network
	@$(tools)/install.sh deny
	cargo deny check advisories

.PHONY: fmt
fmt: ## format the source
	cargo fmt

.PHONY: e2e
e2e: test-tools browser-suite ## the browser suite alone; E2E_ARGS="booking --headed" goes to Playwright

.PHONY: screenshots
screenshots: test-tools end2end-server ## take the README's pictures again (docs/screenshots)
	cd end2end && DOCSLOT_BIN=../target/end2end/docslot npx playwright test --config screenshots.config.ts

.PHONY: soak
soak: test-tools end2end-server ## an hour at the live desk under two changes a second (SOAK_MINUTES)
	cd end2end && DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000 DOCSLOT_BIN=../target/end2end/docslot \
	  npx playwright test --config soak.config.ts

.PHONY: timings
timings: test-tools $(server) ## how soon pages and a full live desk answer in a browser
	cd end2end && DOCSLOT_BIN=../$(server) npx playwright test --config timings.config.ts

.PHONY: size
size: tools end2end-server ## what the browser downloads, against its budget
	@$(tools)/budgets.sh size

.PHONY: bench
bench: bench-tools $(bench_program) ## pages, messages, bookings and what one costs, on 2,000 doctors with 500 appointments each
	@$(tools)/bench.sh

.PHONY: lighthouse
lighthouse: test-tools $(server) ## what Lighthouse says of the pages on which a visit begins, median of five
	@$(tools)/lighthouse.sh

.PHONY: package
package: ## make the Debian package and try it in a Debian of its own
	@$(tools)/package.sh

.PHONY: release
release: ## make what is published of this version, in dist
	@deploy/release.sh

.PHONY: failover
failover: test-tools ## kill the primary of a PostgreSQL cluster thirty times under two servers
	cargo build --features ssr --bin docslot
	@$(tools)/failover.sh 30

.PHONY: storm faults
storm: test-tools $(storm_program) ## a million requests from outside on each database, and the checker of what came of them
	@$(tools)/storm.sh sqlite
	@$(tools)/storm.sh postgres

faults: test-tools $(storm_program) ## break the server in every way under a storm, and have the checker find faults in the program
	@$(tools)/faults.sh sqlite
	@$(tools)/faults.sh postgres
	@$(tools)/faults.sh sqlite seeded
	@$(tools)/faults.sh postgres seeded

.PHONY: tools test-tools bench-tools
tools: ## install what building needs (everything else installs it by itself)
	@$(tools)/install.sh build
test-tools:
	@$(tools)/install.sh test
bench-tools:
	@$(tools)/install.sh bench

.PHONY: site
site: $(site)

# With a copy by brotli and one by gzip beside each file, which are what the server sends.
$(site): $(sources) $(shell find style public -type f 2>/dev/null)
	@$(tools)/install.sh build
	LEPTOS_OUTPUT_NAME=docslot-desk LEPTOS_SITE_ROOT=$(desk_site) \
	  cargo leptos build --release --frontend-only --precompress --lib-features desk
	cargo leptos build --release --frontend-only --precompress
	@cp $(desk_site)/pkg/docslot-desk.*js* $(desk_site)/pkg/docslot-desk.*wasm* target/site/pkg/
	@touch $@

# cargo leaves a binary that did not change as it is; `touch` tells make that it was looked at. Not by cargo-leptos: it sets
# variables for which the programs below, which share the crate with the server, would compile the crate once more.
$(server): $(site) $(sources) $(shell find migrations -type f 2>/dev/null)
	cargo build --release --features ssr,embed --bin docslot
	@touch $@

# After the server, so that they find everything they share built.
$(bench_program): $(server)
	cargo build --release --features ssr,embed --bin docslot-bench
	@touch $@

$(storm_program): $(server)
	cargo build --release --features ssr,embed --bin docslot-storm
	@touch $@

# The server of the browser suite and of `make size`: the one the integration tests were built with. It reads the release
# build's browser files in target/site.
.PHONY: end2end-server browser-suite
end2end-server: $(site)
	cargo build --features ssr --bin docslot
	@mkdir -p target/end2end
	@cp -f target/debug/docslot target/end2end/

browser-suite: end2end-server
	cd end2end && DOCSLOT_BIN=../target/end2end/docslot npx playwright test $(E2E_ARGS)
