# The same steps as scripts/, for people who have just.

# Puts a network on air.
run *ARGUMENTS:
    ./scripts/run.sh {{ARGUMENTS}}

# Every test, as CI runs them.
test:
    ./scripts/test.sh

# Tests whose names match.
only PATTERN:
    cargo nextest run --workspace {{PATTERN}}

# Format and lints.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Figures of the engine: transcode, memory, …; crates/testkit/src/bin has them all.
bench NAME *ARGUMENTS:
    ./scripts/bench.sh {{NAME}} {{ARGUMENTS}}
