#!/usr/bin/env bash
# Puts a network on air: installs what is missing, builds, and starts Core, which starts Air.
#
#   ./scripts/run.sh              a small demo library and three channels
#   ./scripts/run.sh MEDIA_DIR    your own folder, and channels made from what it holds
#   --lan                         watchable from your home network, not only from this machine
#
# State lies in RETROVUE_HOME. Ctrl-C stops everything this started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
caller=$OLDPWD
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

lan=false
media=
for argument in "$@"; do
  case $argument in
    --lan) lan=true ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) [ -z "$media" ] || { usage >&2; exit 2; }; media=$argument ;;
  esac
done
if [ -n "$media" ]; then
  named=$media
  media=$(cd "$caller" && realpath --canonicalize-existing -- "$named" 2>/dev/null) ||
    { echo "error: there is no folder $named" >&2; exit 3; }
  [ -d "$media" ] || { echo "error: $media is a file; name the folder it is in" >&2; exit 4; }
  [ -r "$media" ] || { echo "error: $media cannot be read; check its permissions" >&2; exit 4; }
fi

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
need_rust
say "Building (some minutes the first time)"
cargo build --release --workspace --exclude retrovue-testkit --bins --locked
bin=${CARGO_TARGET_DIR:-$PWD/target}/release
PATH="$bin:$PATH"

if $lan; then
  port=${RETROVUE_HTTP:-:8480}
  export RETROVUE_HTTP=0.0.0.0:${port##*:}
  export RETROVUE_VIEWERS__ALLOW=127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,::1/128,fc00::/7,fe80::/10
fi

home=$(retrovue config show --json | jq -r '.data.settings[] | select(.key == "home").value')
if [ -z "$media" ] && [ ! -e "$home/demo/.complete" ]; then
  say "Making the demo library in $home/demo"
  retrovue-air demo "$home/demo"
  touch "$home/demo/.complete"
fi

# A session of its own: Ctrl-C reaches this script alone, which then ends Core once and in order.
setsid retrovue-core serve &
core=$!
stop() {
  trap - EXIT INT TERM HUP
  kill -TERM "$core" 2>/dev/null || true
  wait "$core" 2>/dev/null || true
}
trap stop EXIT
trap 'say "Stopping"; stop; exit 0' INT TERM HUP

for _ in $(seq 300); do
  retrovue status --json >/dev/null 2>&1 && break
  kill -0 "$core" 2>/dev/null || { wait "$core" && exit 1 || exit $?; }
  sleep 0.1
done
retrovue status --json >/dev/null || fail "Core did not come up within 30 s; what it said stands above"

# Adds the folder $2 as the source $1, unless it is one, and reads what it holds. Sets `fresh` where it was none.
add_source() {
  local name
  name=$(retrovue source list --json | jq -r --arg path "$2" 'first(.data.sources[] | select(.path == $path).name) // empty')
  fresh=false
  if [ -z "$name" ]; then
    name=$1
    while retrovue source show "$name" --json >/dev/null 2>&1; do name=$name-2; done
    retrovue source add "$name" --path "$2"
    fresh=true
  fi
  retrovue source sync "$name"
}

if [ -z "$media" ]; then
  add_source demo "$home/demo"
  retrovue channel apply examples/demo/*.yaml
else
  name=$(basename "$media" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9\n' '-' | sed 's/--*/-/g; s/^-//; s/-$//')
  add_source "${name:-media}" "$media"
  if $fresh || [ "$(retrovue channel list --json | jq '.data.channels | length')" -eq 0 ]; then
    retrovue channel suggest --apply
  fi
fi

url=$(retrovue status --json | jq -r .data.core.http)
if $lan; then
  address=$(hostname -I 2>/dev/null | awk '{print $1}')
  say "From your TV:  http://${address:-this-machine}:${url##*:}"
  url=http://127.0.0.1:${url##*:}
fi
say "On air.
  Guide:   $url/
  M3U:     $url/channels.m3u
  Control: RETROVUE_HOME=$home $bin/retrovue status
Ctrl-C stops it."
wait "$core"
