#!/usr/bin/env bash
# Installs what is missing and runs every test. CI calls exactly this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
need_prometheus
need_rust
if ! cargo nextest --version >/dev/null 2>&1; then
  say "Installing cargo-nextest"
  cargo install cargo-nextest --locked --quiet
fi

step() { say "── $*"; }
step "Format";   cargo fmt --all --check
step "Scripts";  shellcheck -x scripts/*.sh docker/*.sh
step "Lints";    cargo clippy --workspace --all-targets --locked -- -D warnings
step "Binaries"; cargo build --workspace --bins --locked
step "Tests";    cargo nextest run --workspace --locked
step "Examples in the documentation"; cargo test --workspace --doc --locked --quiet
step "Compose";  scripts/compose-test.sh
say "All tests passed."
