CREATE TABLE channel (
    id         TEXT PRIMARY KEY NOT NULL,
    slug       TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    number     TEXT NOT NULL CHECK (number <> ''),
    name       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('live', 'removed')),
    time_zone  TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 1),
    text       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;

-- A removed channel keeps its slug for ever; its number is free at once.
CREATE UNIQUE INDEX channel_number ON channel (number) WHERE state = 'live';

CREATE TABLE plan_generation (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    cause      TEXT NOT NULL CHECK (cause IN ('applied', 'library')),
    text       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    made_ms    INTEGER NOT NULL,
    PRIMARY KEY (channel_id, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule_day (
    channel_id    TEXT NOT NULL REFERENCES channel (id),
    date          TEXT NOT NULL CHECK (date LIKE '____-__-__'),
    generation    INTEGER NOT NULL CHECK (generation >= 1),
    start_cursors TEXT NOT NULL CHECK (json_valid(start_cursors)),
    start_busy_ns INTEGER,
    end_cursors   TEXT NOT NULL CHECK (json_valid(end_cursors)),
    end_busy_ns   INTEGER,
    PRIMARY KEY (channel_id, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule_item (
    channel_id       TEXT NOT NULL REFERENCES channel (id),
    start_ns         INTEGER NOT NULL,
    end_ns           INTEGER NOT NULL CHECK (end_ns > start_ns),
    item_id          TEXT NOT NULL,
    date             TEXT NOT NULL CHECK (date LIKE '____-__-__'),
    generation       INTEGER NOT NULL CHECK (generation >= 1),
    kind             TEXT NOT NULL CHECK (kind IN (
        'programme', 'commercial', 'promo', 'bumper', 'station_id', 'psa', 'filler', 'card', 'slate')),
    title            TEXT NOT NULL,
    subtitle         TEXT NOT NULL,
    asset_id         TEXT CHECK (asset_id IS NULL OR kind <> 'slate'),
    in_offset_frames INTEGER NOT NULL CHECK (in_offset_frames >= 0),
    rule             TEXT NOT NULL,
    PRIMARY KEY (channel_id, start_ns)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX schedule_item_id ON schedule_item (channel_id, item_id);

CREATE INDEX schedule_item_date ON schedule_item (channel_id, date);

CREATE TABLE playlog_event (
    channel_id       TEXT NOT NULL REFERENCES channel (id),
    start_frame      INTEGER NOT NULL,
    frame_count      INTEGER NOT NULL CHECK (frame_count > 0),
    event_id         TEXT NOT NULL,
    block_id         TEXT NOT NULL,
    generation       INTEGER NOT NULL CHECK (generation >= 1),
    kind             TEXT NOT NULL CHECK (kind IN (
        'programme', 'commercial', 'promo', 'bumper', 'station_id', 'psa', 'filler', 'card', 'slate')),
    title            TEXT NOT NULL,
    asset_id         TEXT CHECK (asset_id IS NULL OR kind <> 'slate'),
    in_offset_frames INTEGER NOT NULL CHECK (in_offset_frames >= 0),
    PRIMARY KEY (channel_id, start_frame)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX playlog_event_id ON playlog_event (channel_id, event_id);
