CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE source (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL CHECK (name <> ''),
    -- Raw bytes: file names need not be UTF-8.
    path       BLOB NOT NULL UNIQUE CHECK (length(path) > 0),
    review     INTEGER NOT NULL CHECK (review IN (0, 1)),
    created_ms INTEGER NOT NULL,
    -- A removed source keeps its row, for its assets are named by playlogs and as-run.
    removed_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX source_name ON source (name) WHERE removed_ms IS NULL;

CREATE TABLE collection (
    id        TEXT PRIMARY KEY NOT NULL,
    source_id TEXT NOT NULL REFERENCES source (id),
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (
        kind IN ('programme', 'commercial', 'promo', 'bumper', 'station_id', 'psa', 'filler', 'card')
    ),
    enabled   INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    UNIQUE (source_id, name)
) STRICT;

CREATE TABLE asset (
    id                   TEXT PRIMARY KEY NOT NULL,
    source_id            TEXT NOT NULL REFERENCES source (id),
    collection_id        TEXT NOT NULL REFERENCES collection (id),
    -- Relative to the source, raw bytes.
    path                 BLOB NOT NULL CHECK (length(path) > 0),
    size                 INTEGER NOT NULL CHECK (size >= 0),
    mtime_ns             INTEGER NOT NULL,
    fingerprint          INTEGER,
    state                TEXT NOT NULL CHECK (
        state IN ('new', 'enriching', 'ready', 'retired', 'missing', 'faulty')
    ),
    approved             INTEGER NOT NULL CHECK (approved IN (0, 1)),
    -- The content that was approved: it is approved again when it comes back.
    approved_fingerprint INTEGER,
    kind                 TEXT NOT NULL CHECK (
        kind IN ('programme', 'commercial', 'promo', 'bumper', 'station_id', 'psa', 'filler', 'card')
    ),
    media_type           TEXT NOT NULL CHECK (media_type IN ('movie', 'episode', 'music_video', 'other')),
    title                TEXT NOT NULL,
    series               TEXT,
    season               INTEGER CHECK (season >= 0),
    episode              INTEGER CHECK (episode >= 0),
    last_episode         INTEGER CHECK (last_episode > episode),
    year                 INTEGER CHECK (year > 0),
    tags                 TEXT NOT NULL CHECK (json_valid(tags)),
    genres               TEXT NOT NULL CHECK (json_valid(genres)),
    rating               TEXT,
    duration_ns          INTEGER CHECK (duration_ns > 0),
    container            TEXT,
    streams              TEXT CHECK (json_valid(streams)),
    fault_code           TEXT,
    fault_message        TEXT,
    origins              TEXT NOT NULL CHECK (json_valid(origins)),
    created_ms           INTEGER NOT NULL,
    updated_ms           INTEGER NOT NULL,
    CHECK (approved = 0 OR state = 'ready'),
    CHECK (state <> 'ready' OR duration_ns IS NOT NULL),
    CHECK ((duration_ns IS NULL) = (container IS NULL) AND (duration_ns IS NULL) = (streams IS NULL)),
    CHECK ((state = 'faulty') = (fault_code IS NOT NULL) AND (fault_code IS NULL) = (fault_message IS NULL))
) STRICT;

-- What is missing or retired may have left its path to another file.
CREATE UNIQUE INDEX asset_path ON asset (source_id, path) WHERE state NOT IN ('missing', 'retired');
CREATE INDEX asset_state ON asset (state, approved);
