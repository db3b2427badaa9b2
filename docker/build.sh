#!/bin/sh
# Inside the image's build stage: puts the programs into the folder $1. Those in docker/prebuilt/ are taken where they
# are (CI has built them already); else they are built here.
set -eu
out=$1
mkdir -p "$out"
if [ -d docker/prebuilt ]; then
  install -m 0755 docker/prebuilt/* "$out"
  exit
fi
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  build-essential pkg-config libglib2.0-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libpango1.0-dev
cargo build --release --workspace --exclude retrovue-testkit --bins --locked
install -m 0755 target/release/retrovue target/release/retrovue-core target/release/retrovue-air "$out"
