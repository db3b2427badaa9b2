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

# Kills and stops Air, and kills and ends Core, at random moments: their evidence is held against what viewers got, and whoever
# survives may keep nothing of it.
chaos KILLS="100" SEED="1":
    cargo build --workspace --bins
    CHAOS_KILLS={{KILLS}} CHAOS_SEED={{SEED}} cargo nextest run --workspace --profile chaos --no-capture -E 'test(twenty_kills) | test(nothing_is_left)'

# Cuts off syncs at random moments, by killing Core or leaving: no asset may be lost or doubled.
kill-syncs KILLS="200" SEED="1":
    cargo build --workspace --bins
    CHAOS_KILLS={{KILLS}} CHAOS_SEED={{SEED}} cargo test --workspace --test network -- --nocapture whenever_a_sync

# A channel, judged picture by picture, while another one breaks, 20,000 files come and the guide is asked for 50 times a second.
isolation ROUNDS="4":
    cargo build --workspace --bins
    ISOLATION_SLATE=0 ISOLATION_ROUNDS={{ROUNDS}} cargo nextest run --workspace --no-capture -E 'test(what_happens_beside_it)'

# A whole network over a month in steps of five minutes, with edits, losses and restarts: no gap, nothing lost or repeated.
simulate CHANNELS="50" DAYS="30" SEED="1989":
    SIMULATED_CHANNELS={{CHANNELS}} SIMULATED_DAYS={{DAYS}} SIMULATED_SEED={{SEED}} cargo test --release --workspace --lib -- --nocapture simulated

# Channel files that nobody would write: read or refused, and what is read is planned. The first case that fails is made small.
fuzz CASES="1000000" SEED="1":
    FUZZ_CASES={{CASES}} FUZZ_SEED={{SEED}} cargo test --release --package retrovue-schedule --test channel_files -- --nocapture

# Figures of the engine: `just bench zap` says how long a start takes, `just bench library` a sync; crates/*/benches has them all.
bench NAME *ARGUMENTS:
    cargo bench --workspace --bench {{NAME}} -- {{ARGUMENTS}}
