# Sourced by the other scripts: installs what is missing, and says so. Debian 12, as root or with sudo.
# shellcheck shell=bash disable=SC2034

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

readonly BUILD_PACKAGES=(
  build-essential pkg-config libglib2.0-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  libpango1.0-dev
)
readonly RUN_PACKAGES=(
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav libpangocairo-1.0-0 fonts-dejavu-core ca-certificates curl jq tzdata
)
readonly TEST_PACKAGES=(
  ffmpeg mpv chromium docker.io docker-compose debootstrap iptables procps shellcheck
  hdhomerun-config iproute2 util-linux
)
# The oldest Rust that builds this.
readonly RUST_MINOR=95

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root to install packages: run it as root, or install sudo"
  fi
}

# Installs those of the named packages that are not there.
need_packages() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "install these, then run this again: ${missing[*]}"
  say "Installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# Prometheus for the tests. Its package is unpacked and not installed, for that would start a server.
need_prometheus() {
  command -v prometheus >/dev/null && return
  [ -x target/tools/usr/bin/prometheus ] && return
  command -v apt-get >/dev/null || fail "install prometheus, then run this again"
  say "Fetching Prometheus"
  local folder
  folder=$(mktemp -d)
  as_root apt-get update -qq
  (cd "$folder" && as_root apt-get download -qq prometheus 2>/dev/null) || fail "prometheus could not be fetched: install it"
  mkdir -p target/tools
  dpkg-deb -x "$folder"/prometheus_*.deb target/tools
  rm -rf "$folder"
}

rust_is_new_enough() {
  local version
  version=$(cargo --version 2>/dev/null) || return 1
  [[ $version =~ ^cargo\ 1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge "$RUST_MINOR" ]
}

# A Rust that can build this: the one that is there, else by rustup.
need_rust() {
  PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
  rust_is_new_enough && return
  # The pinned toolchain may be absent where another one that is new enough is there.
  if RUSTUP_TOOLCHAIN=stable rust_is_new_enough; then
    export RUSTUP_TOOLCHAIN=stable
    return
  fi
  say "Installing Rust with rustup"
  need_packages curl ca-certificates
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path >&2 ||
    fail "rustup could not be fetched: install Rust 1.$RUST_MINOR or newer, then run this again"
  PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  rust_is_new_enough || fail "Rust 1.$RUST_MINOR or newer is needed, and $(cargo --version) was found"
}
