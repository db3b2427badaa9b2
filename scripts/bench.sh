#!/usr/bin/env bash
# Builds everything in release and runs one benchmark of crates/testkit/src/bin, as in `scripts/bench.sh transcode`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

name=${1:-}
[ -e "crates/testkit/src/bin/bench-$name.rs" ] || {
  echo "usage: scripts/bench.sh NAME [ARGUMENT…], where NAME is one of:" >&2
  for bench in crates/testkit/src/bin/bench-*.rs; do
    bench=${bench##*/bench-}
    echo "  ${bench%.rs}" >&2
  done
  exit 2
}
shift
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" ffmpeg
need_rust
cargo build --release --workspace --bins --locked
case $name in transcode | memory) set -- "$(scripts/footage.sh)" "$@" ;; esac
exec "${CARGO_TARGET_DIR:-$PWD/target}/release/bench-$name" "$@"
