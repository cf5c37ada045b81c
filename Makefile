# make demo   sets up what is missing, builds, starts the demo and prints its address
# make test   sets up what is missing and runs every test
# The rest is for who works on it: see CONTRIBUTING.md.

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo nextest run || echo test)

.NOTPARALLEL:

.PHONY: demo release test test-rust test-conformance test-browser lint bench setup site fmt

# The build of the tests, which is there sooner than a release.
demo: site
	cargo build --bins
	$(CARGO_TARGET_DIR)/debug/tenantry demo

# One file to copy and run: target/release/tenantry carries its site inside.
release: site
	cargo build --release -p server

site: setup
	scripts/build-site

setup:
	scripts/setup build

test: test-setup test-rust test-conformance test-browser

.PHONY: test-setup
test-setup:
	scripts/setup test

# One selection of packages for all that tests build: another would compile the dependencies again, with other features.
test-rust: site
	cargo $(NEXTEST)

test-conformance:
	cargo build --bins --tests
	.tenantry/venv/bin/python -m pytest -q simulator/conformance

test-browser: site
	cargo build --bins --tests
	cd end2end && npx playwright test

lint:
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings
	scripts/check-wasm-tree

bench: release test-setup
	scripts/bench

fmt:
	cargo fmt --all
