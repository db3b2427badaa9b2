#!/usr/bin/env bash
# Core and Air as two containers: up, a viewer sees programme boundaries pass clean, down. Uses the programs that
# `cargo build --workspace --bins` has left in target/debug. Starts a Docker engine where none runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

need_packages docker.io docker-compose debootstrap iptables jq curl binutils
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$(mktemp -d)
export RETROVUE_MEDIA=$work/media
export RETROVUE_PORT=0
export COMPOSE_PROJECT_NAME=retrovue-test-$$
engine=

compose() { docker-compose --file docker-compose.yml --file docker/compose.test.yml "$@"; }
retrovue() { compose exec -T core retrovue "$@"; }

finish() {
  local code=$?
  trap - EXIT
  [ "$code" -eq 0 ] || compose logs --tail=80 >&2 || true
  compose down --volumes --timeout 10 >/dev/null 2>&1 || true
  rm -rf docker/prebuilt "$work"
  if [ -n "$engine" ]; then
    as_root kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  exit "$code"
}
trap finish EXIT

if ! docker info >/dev/null 2>&1; then
  say "Starting a Docker engine"
  as_root dockerd >"$work/dockerd.log" 2>&1 &
  engine=$!
  for _ in $(seq 300); do
    docker info >/dev/null 2>&1 && break
    kill -0 "$engine" 2>/dev/null || { cat "$work/dockerd.log" >&2; fail "the Docker engine did not start"; }
    sleep 0.1
  done
fi

if ! docker image inspect debian:bookworm-slim >/dev/null 2>&1 && ! docker pull -q debian:bookworm-slim 2>/dev/null; then
  say "Making the base image"
  as_root debootstrap --variant=minbase bookworm "$work/base" >"$work/debootstrap.log" 2>&1 ||
    { tail -5 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
  as_root tar -C "$work/base" -c . | docker import - debian:bookworm-slim >/dev/null
fi

rm -rf docker/prebuilt
mkdir -p docker/prebuilt "$RETROVUE_MEDIA"
for program in retrovue retrovue-core retrovue-air; do
  strip -o "docker/prebuilt/$program" "$target/debug/$program"
done
for image in core air; do
  docker build --quiet --network=host --build-arg BUILDER=debian:bookworm-slim --target "$image" \
    --tag "retrovue-$image" . >/dev/null
done

"$target/debug/tsclips" "$RETROVUE_MEDIA"
chmod -R a+rX "$work"
compose up --detach --no-build >/dev/null 2>&1
for _ in $(seq 300); do
  retrovue status --json 2>/dev/null | jq -e '.data.air.state == "up"' >/dev/null && break
  sleep 0.2
done
retrovue source add clips --path /media >/dev/null
retrovue source sync clips
compose exec -T core retrovue channel apply - <docker/compose.test.channel.yaml
url=http://$(compose port core 8480)/channel/clips.ts

# 40 s of programmes of 8 s each: four boundaries at least.
curl --silent --fail --max-time 40 --output "$work/capture.ts" "$url" || [ $? -eq 28 ]
"$target/debug/tscheck" --rate 25 --boundaries 4 "$work/capture.ts"
say "1 passed, 0 failed"
