PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO __diesel_schema_migrations VALUES('0001','2026-11-22 20:00:00');
CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES('clock.seen_ns','1795377600000000000');
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
INSERT INTO source VALUES('s1','home',X'2f6d656469612f7476',0,1795370000000,NULL);
INSERT INTO source VALUES('s2','old',X'2f6d656469612f6f6c64',1,1795360000000,1795370000000);
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
INSERT INTO collection VALUES('c1','s1','Cheers (1982)','programme',1);
INSERT INTO collection VALUES('c2','s1','commercials','commercial',0);
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
INSERT INTO asset VALUES('a1','s1','c1',X'436865657273202831393832292f436865657273202d205330314530312e6d6b76',700000000,1600000000000000000,-42,'ready',1,-42,'programme','episode','Give Me a Ring Sometime','Cheers',1,1,NULL,1982,'[]','["Comedy"]','TV-PG',1500000000000,'video/x-matroska','[{"kind":"video","codec":"H.264 (High Profile)","language":"","width":1280,"height":720,"frame_rate_num":30000,"frame_rate_den":1001,"interlaced":false,"channels":0,"sample_rate":0}]',NULL,NULL,'{"type":"file_name","series":"folder","genres":"container"}',1795370000000,1795370001000);
INSERT INTO asset VALUES('a2','s1','c2',X'636f6d6d65726369616c732f636166e92e6d7034',1000,-1000000000,NULL,'faulty',0,NULL,'commercial','other','café',NULL,NULL,NULL,NULL,NULL,'["toys"]','[]',NULL,NULL,NULL,NULL,'not_media','café.mp4 is no media file','{"kind":"folder","title":"inferred"}',1795370000000,1795370001000);
INSERT INTO asset VALUES('a3','s1','c1',X'436865657273202831393832292f436865657273202d205330314530322e6d6b76',600000000,1600000000000000000,43,'missing',0,43,'programme','episode','Sam''s Women','Cheers',1,2,NULL,1982,'[]','[]',NULL,1440000000000,'video/x-matroska','[]',NULL,NULL,'{"type":"file_name"}',1795370000000,1795370001000);
CREATE UNIQUE INDEX source_name ON source (name) WHERE removed_ms IS NULL;
CREATE UNIQUE INDEX asset_path ON asset (source_id, path) WHERE state NOT IN ('missing', 'retired');
CREATE INDEX asset_state ON asset (state, approved);
COMMIT;
