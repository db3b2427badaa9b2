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

# Kills Air and Core at random moments, and holds their evidence against what viewers got.
chaos KILLS="60" SEED="1":
    cargo build --workspace --bins
    CHAOS_KILLS={{KILLS}} CHAOS_SEED={{SEED}} cargo nextest run -p retrovue-core --no-capture -E 'test(twenty_kills)'
