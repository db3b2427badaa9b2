PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE source (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL CHECK (name <> ''),
    -- Where its media come from: a folder's path, for file names need not be UTF-8, or a media server's URL.
    place      BLOB NOT NULL CHECK (length(place) > 0),
    review     INTEGER NOT NULL CHECK (review IN (0, 1)),
    created_ms INTEGER NOT NULL,
    -- A removed source keeps its row, for its assets are named by playlogs and as-run.
    removed_ms INTEGER
, kind TEXT NOT NULL DEFAULT 'folder' CHECK (kind IN ('folder', 'jellyfin', 'emby', 'plex')), maps TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(maps) AND (kind <> 'folder' OR maps = '[]')), library_kinds TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(library_kinds) AND (kind <> 'folder' OR library_kinds = '{}')), libraries TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(libraries) AND (kind <> 'folder' OR libraries = '{}'))) STRICT;
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
    updated_ms           INTEGER NOT NULL, chapters TEXT CHECK (json_valid(chapters)), first_picture TEXT CHECK (json_valid(first_picture)), details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),
    CHECK (approved = 0 OR state = 'ready'),
    CHECK (state <> 'ready' OR duration_ns IS NOT NULL),
    CHECK ((duration_ns IS NULL) = (container IS NULL) AND (duration_ns IS NULL) = (streams IS NULL)),
    CHECK ((state = 'faulty') = (fault_code IS NOT NULL) AND (fault_code IS NULL) = (fault_message IS NULL))
) STRICT;
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
, logo TEXT) STRICT;
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
    in_offset_frames INTEGER NOT NULL CHECK (in_offset_frames >= 0), fade_in_frames INTEGER NOT NULL DEFAULT 0 CHECK (fade_in_frames >= 0), fade_out_frames INTEGER NOT NULL DEFAULT 0 CHECK (fade_out_frames >= 0), rule TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (channel_id, start_frame)
) STRICT, WITHOUT ROWID;
CREATE TABLE measurement (
    asset_id      TEXT PRIMARY KEY NOT NULL REFERENCES asset (id),
    measured_ms   INTEGER NOT NULL,
    loudness      TEXT NOT NULL CHECK (json_valid(loudness)),
    black         TEXT NOT NULL CHECK (json_valid(black)),
    silence       TEXT NOT NULL CHECK (json_valid(silence)),
    -- Why it could not be measured: it is not tried again before its content changes or the operator asks.
    fault_code    TEXT,
    fault_message TEXT,
    CHECK ((fault_code IS NULL) = (fault_message IS NULL))
) STRICT;
CREATE TABLE evidence (
    spool_id      TEXT NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence >= 1),
    what          TEXT NOT NULL CHECK (what IN (
        'session_started', 'session_ended', 'segment_opening', 'segment_opened', 'segment_started', 'segment_ended',
        'segment_fault', 'evidence_lost')),
    channel       TEXT NOT NULL,
    session_id    TEXT NOT NULL,
    at_ns         INTEGER NOT NULL,
    event_id      TEXT,
    -- where it happened: the first frame of what begins, the first one after what ends
    frame         INTEGER,
    planned_start INTEGER,
    planned_count INTEGER,
    asset_id      TEXT,
    kind          TEXT,
    title         TEXT,
    started_frame INTEGER,
    aired         INTEGER,
    slate         INTEGER,
    unsent        INTEGER,
    cause         TEXT,
    -- of a fault, its sentence; of a session, its frame rate
    detail        TEXT,
    -- how many events were lost, or which start of Air it was
    number        INTEGER,
    PRIMARY KEY (spool_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence_cursor (
    spool_id TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    -- the spool that was heard last has the highest
    heard    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE logo (
    name    TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
    content BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 4194304)
) STRICT;
CREATE TABLE server_item (
    source_id TEXT NOT NULL REFERENCES source (id),
    item      TEXT NOT NULL CHECK (item <> ''),
    asset_id  TEXT NOT NULL UNIQUE REFERENCES asset (id),
    PRIMARY KEY (source_id, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE "asset_layer" (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'server', 'nfo', 'file_name', 'folder', 'container')),
    told     TEXT NOT NULL CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE enricher (
    name       TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
    kind       TEXT NOT NULL CHECK (
        kind IN ('filename', 'nfo', 'artwork', 'probe', 'chapters', 'loudness', 'breaks')
    ),
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    -- Those that were chosen, as JSON: words by name.
    settings   TEXT NOT NULL CHECK (json_valid(settings)),
    -- The kind's version and the settings. What was made by another recipe is made again.
    recipe     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attachment (
    collection_id TEXT NOT NULL REFERENCES collection (id),
    kind          TEXT NOT NULL,
    enricher      TEXT NOT NULL REFERENCES enricher (name),
    PRIMARY KEY (collection_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_enricher (
    source_id TEXT NOT NULL REFERENCES source (id),
    kind      TEXT NOT NULL,
    enricher  TEXT REFERENCES enricher (name),
    PRIMARY KEY (source_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE enrichment (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    kind     TEXT NOT NULL CHECK (kind IN ('probe', 'breaks')),
    recipe   TEXT NOT NULL,
    -- JSON; null where it is kept with the asset.
    told     TEXT CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE asset_reading (
    asset_id TEXT PRIMARY KEY NOT NULL REFERENCES asset (id),
    stamp    INTEGER NOT NULL,
    filename TEXT NOT NULL,
    nfo      TEXT NOT NULL,
    artwork  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE "plan_generation" (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    cause      TEXT NOT NULL CHECK (cause IN ('applied', 'library', 'rebuilt')),
    text       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    made_ms    INTEGER NOT NULL,
    -- From where on it changed what was frozen; null where it did not.
    frozen_ns  INTEGER,
    PRIMARY KEY (channel_id, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE clock_adoption (
    number    INTEGER PRIMARY KEY NOT NULL,
    cause     TEXT NOT NULL CHECK (cause IN ('idle', 'command')),
    before_ns INTEGER NOT NULL,
    after_ns  INTEGER NOT NULL
) STRICT;
CREATE TABLE air_session (
    session_id  TEXT PRIMARY KEY NOT NULL,
    channel     TEXT NOT NULL,
    frame_rate  TEXT NOT NULL,
    first_frame INTEGER NOT NULL,
    -- The first frame's instant; of sessions from before there was as-run, when it was told.
    first_ns    INTEGER NOT NULL,
    -- The first frame that was not sent; null while it goes on.
    end_frame   INTEGER,
    end_ns      INTEGER,
    cause       TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE asrun (
    spool_id       TEXT NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence >= 1),
    channel        TEXT NOT NULL,
    -- The broadcast day in the channel's zone, as it was then.
    date           TEXT NOT NULL CHECK (date LIKE '____-__-__'),
    session_id     TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN (
        'programme', 'commercial', 'promo', 'bumper', 'station_id', 'psa', 'filler', 'card', 'slate')),
    title          TEXT NOT NULL,
    asset_id       TEXT,
    in_place_of    TEXT,
    frame_rate     TEXT NOT NULL,
    planned_start  INTEGER NOT NULL,
    planned_frames INTEGER NOT NULL CHECK (planned_frames = aired_frames + slate_frames + unsent_frames),
    actual_start   INTEGER NOT NULL,
    -- That frame's instant.
    actual_ns      INTEGER NOT NULL,
    aired_frames   INTEGER NOT NULL,
    slate_frames   INTEGER NOT NULL,
    unsent_frames  INTEGER NOT NULL,
    result         TEXT NOT NULL CHECK (result IN ('aired', 'partial', 'substituted', 'missed')),
    cause          TEXT,
    fault          TEXT,
    PRIMARY KEY (spool_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER asrun_stays BEFORE UPDATE ON asrun
BEGIN
    SELECT RAISE(ABORT, 'as-run is never changed');
END;
CREATE TABLE network_override (
    number     INTEGER PRIMARY KEY NOT NULL,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('emergency', 'guide', 'maintenance')),
    -- Slugs; an empty list is all channels, those to come too.
    channels   TEXT NOT NULL CHECK (json_valid(channels)),
    shows      TEXT NOT NULL CHECK (shows IN ('card', 'crawl', 'asset', 'guide')),
    heading    TEXT NOT NULL,
    text       TEXT NOT NULL,
    asset_id   TEXT CHECK ((asset_id IS NOT NULL) = (shows = 'asset')),
    start_ns   INTEGER NOT NULL,
    -- When it ends by itself; null where it does not.
    until_ns   INTEGER,
    -- When an operator ended it.
    stopped_ns INTEGER,
    started_by TEXT NOT NULL,
    reason     TEXT NOT NULL,
    stopped_by TEXT
) STRICT;
CREATE UNIQUE INDEX source_name ON source (name) WHERE removed_ms IS NULL;
CREATE UNIQUE INDEX source_place ON source (place) WHERE removed_ms IS NULL;
CREATE UNIQUE INDEX asset_path ON asset (source_id, path) WHERE state NOT IN ('missing', 'retired');
CREATE INDEX asset_state ON asset (state, approved);
CREATE UNIQUE INDEX channel_number ON channel (number) WHERE state = 'live';
CREATE UNIQUE INDEX schedule_item_id ON schedule_item (channel_id, item_id);
CREATE INDEX schedule_item_date ON schedule_item (channel_id, date);
CREATE UNIQUE INDEX playlog_event_id ON playlog_event (channel_id, event_id);
CREATE INDEX evidence_channel ON evidence (channel, at_ns);
CREATE INDEX evidence_session ON evidence (session_id);
CREATE INDEX evidence_at ON evidence (at_ns);
CREATE UNIQUE INDEX enricher_default ON enricher (kind) WHERE is_default = 1;
CREATE INDEX asset_collection ON asset (collection_id);
CREATE INDEX asset_waiting ON asset (state, duration_ns, id);
CREATE INDEX air_session_channel ON air_session (channel, first_ns);
CREATE INDEX asrun_day ON asrun (channel, date, actual_ns);
CREATE INDEX asrun_session ON asrun (session_id);
CREATE INDEX asrun_at ON asrun (actual_ns);
CREATE INDEX evidence_air_lost ON evidence (session_id) WHERE what = 'session_ended' AND cause = 'air_lost';
CREATE INDEX evidence_opened ON evidence (asset_id, at_ns) WHERE what = 'segment_opened';
INSERT INTO __diesel_schema_migrations VALUES('0001','2026-11-22 20:00:00');
INSERT INTO __diesel_schema_migrations VALUES('0002','2026-11-22 20:00:00');
INSERT INTO __diesel_schema_migrations VALUES('0003','2026-11-22 20:00:00');
INSERT INTO __diesel_schema_migrations VALUES('0004','2026-11-22 20:00:00');
INSERT INTO __diesel_schema_migrations VALUES('0005','2026-11-22 20:00:00');
INSERT INTO __diesel_schema_migrations VALUES('0006','2026-11-23 06:19:00');
INSERT INTO __diesel_schema_migrations VALUES('0007','2026-11-23 08:32:42');
INSERT INTO __diesel_schema_migrations VALUES('0008','2026-11-23 08:40:59');
INSERT INTO __diesel_schema_migrations VALUES('0009','2026-11-23 08:55:19');
INSERT INTO __diesel_schema_migrations VALUES('0010','2026-11-23 12:23:54');
INSERT INTO __diesel_schema_migrations VALUES('0011','2026-11-23 16:00:39');
INSERT INTO __diesel_schema_migrations VALUES('0012','2026-11-23 19:35:15');
INSERT INTO __diesel_schema_migrations VALUES('0013','2026-11-23 20:07:21');
INSERT INTO __diesel_schema_migrations VALUES('0014','2026-11-23 20:18:04');
INSERT INTO __diesel_schema_migrations VALUES('0015','2026-11-23 20:43:13');
INSERT INTO meta VALUES('clock.seen_ns','1795377600000000000');
INSERT INTO source VALUES('s1','home',X'2F6D656469612F7476',0,1795370000000,NULL,'folder','[]','{}','{}');
INSERT INTO source VALUES('s2','old',X'2F6D656469612F6F6C64',1,1795360000000,1795370000000,'folder','[]','{}','{}');
INSERT INTO collection VALUES('c1','s1','Cheers (1982)','programme',1);
INSERT INTO collection VALUES('c2','s1','commercials','commercial',0);
INSERT INTO asset VALUES('a1','s1','c1',X'436865657273202831393832292F436865657273202D205330314530312E6D6B76',700000000,1600000000000000000,-42,'ready',1,-42,'programme','episode','Give Me a Ring Sometime','Cheers',1,1,NULL,1982,'[]','["Comedy"]','TV-PG',1500000000000,'video/x-matroska','[{"kind":"video","codec":"H.264 (High Profile)","language":"","width":1280,"height":720,"frame_rate_num":30000,"frame_rate_den":1001,"interlaced":false,"channels":0,"sample_rate":0}]',NULL,NULL,'{"type":"file_name","series":"folder","genres":"container"}',1795370000000,1795370001000,'[{"start_ns":0,"end_ns":1500000000000,"title":"Bar"}]','{"pts_ns":0,"stream_ns":0}','{}');
INSERT INTO asset VALUES('a2','s1','c2',X'636F6D6D65726369616C732F636166E92E6D7034',1000,-1000000000,NULL,'faulty',0,NULL,'commercial','other','café',NULL,NULL,NULL,NULL,NULL,'["toys"]','[]',NULL,NULL,NULL,NULL,'not_media','café.mp4 is no media file','{"kind":"folder","title":"inferred"}',1795370000000,1795370001000,NULL,NULL,'{}');
INSERT INTO asset VALUES('a3','s1','c1',X'436865657273202831393832292F436865657273202D205330314530322E6D6B76',600000000,1600000000000000000,43,'missing',0,43,'programme','episode','Sam''s Women','Cheers',1,2,NULL,1982,'[]','[]',NULL,1440000000000,'video/x-matroska','[]',NULL,NULL,'{"type":"file_name"}',1795370000000,1795370001000,NULL,NULL,'{}');
INSERT INTO channel VALUES('h1','cheers','2.1','Cheers','live','America/New_York',2,'channel: cheers
number: "2.1"
name: Cheers
pools: { cheers: { match: { series: Cheers } } }
schedule: { all: [ { at: "06:00", for: 24h, play: cheers } ] }
','cheers.yaml',1795371000000,1795372000000,'0123abcd.png');
INSERT INTO channel VALUES('h2','gone','3','Gone','removed','UTC',1,'channel: gone
schedule: { all: [] }
','-',1795371000000,1795372000000,NULL);
INSERT INTO schedule_day VALUES('h1','2026-11-22',2,'{}',NULL,'{}',1795431600000000000);
INSERT INTO schedule_item VALUES('h1',1795377600000000000,1795379100000000000,'i1','2026-11-22',2,'programme','Cheers','Give Me a Ring Sometime','a1',0,'all[0]');
INSERT INTO schedule_item VALUES('h1',1795379100000000000,1795379400000000000,'i2','2026-11-22',2,'slate','','',NULL,0,'all[0]');
INSERT INTO playlog_event VALUES('h1',53807520480,44955,'e1','b1',2,'programme','Cheers','a1',0,0,0,'');
INSERT INTO playlog_event VALUES('h1',53807565435,8991,'e2','b2',2,'slate','',NULL,0,0,0,'');
INSERT INTO measurement VALUES('a1',1795372000000,'[{"languages":["eng"],"is_default":true,"integrated_lufs":-23.5,"true_peak_dbtp":-2.0,"range_lu":9.0}]','[{"start_ns":0,"end_ns":500000000}]','[]',NULL,NULL);
INSERT INTO measurement VALUES('a3',1795372000000,'[]','[]','[]','truncated','the file ends early');
INSERT INTO evidence VALUES('p1',1,'session_started','cheers','n1',1795377600000000000,NULL,53807520480,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'30000/1001',1);
INSERT INTO evidence VALUES('p1',2,'session_ended','cheers','n1',1795377660000000000,NULL,53807522278,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'stopped',NULL,NULL);
INSERT INTO evidence_cursor VALUES('p1',2,1);
INSERT INTO logo VALUES('one.png',X'89504E470D0A1A0A');
INSERT INTO asset_layer VALUES('a1','container','{"kind":null,"type":null,"title":null,"series":null,"season":null,"episode":null,"last_episode":null,"year":null,"tags":null,"genres":["Comedy"]}');
INSERT INTO asset_layer VALUES('a1','file_name','{"kind":null,"type":"episode","title":null,"series":null,"season":null,"episode":null,"last_episode":null,"year":null,"tags":null,"genres":null}');
INSERT INTO asset_layer VALUES('a1','folder','{"kind":null,"type":null,"title":null,"series":"Cheers","season":null,"episode":null,"last_episode":null,"year":null,"tags":null,"genres":null}');
INSERT INTO asset_layer VALUES('a1','operator','{"year":1982}');
INSERT INTO asset_layer VALUES('a2','folder','{"kind":"commercial","type":null,"title":null,"series":null,"season":null,"episode":null,"last_episode":null,"year":null,"tags":null,"genres":null}');
INSERT INTO asset_layer VALUES('a3','file_name','{"kind":null,"type":"episode","title":null,"series":null,"season":null,"episode":null,"last_episode":null,"year":null,"tags":null,"genres":null}');
INSERT INTO enricher VALUES('artwork','artwork',1,'{}','1{}');
INSERT INTO enricher VALUES('breaks','breaks',1,'{}','1{}');
INSERT INTO enricher VALUES('calm','breaks',0,'{"min_black":"1s"}','1{"min_black":"1s"}');
INSERT INTO enricher VALUES('chapters','chapters',1,'{}','1{}');
INSERT INTO enricher VALUES('filename','filename',1,'{}','1{}');
INSERT INTO enricher VALUES('loudness','loudness',1,'{}','1{}');
INSERT INTO enricher VALUES('nfo','nfo',1,'{}','1{}');
INSERT INTO enricher VALUES('probe','probe',1,'{}','1{}');
INSERT INTO attachment VALUES('c1','artwork','artwork');
INSERT INTO attachment VALUES('c1','breaks','breaks');
INSERT INTO attachment VALUES('c1','chapters','chapters');
INSERT INTO attachment VALUES('c1','filename','filename');
INSERT INTO attachment VALUES('c1','loudness','loudness');
INSERT INTO attachment VALUES('c1','nfo','nfo');
INSERT INTO attachment VALUES('c1','probe','probe');
INSERT INTO attachment VALUES('c2','artwork','artwork');
INSERT INTO attachment VALUES('c2','breaks','calm');
INSERT INTO attachment VALUES('c2','chapters','chapters');
INSERT INTO attachment VALUES('c2','filename','filename');
INSERT INTO attachment VALUES('c2','loudness','loudness');
INSERT INTO attachment VALUES('c2','nfo','nfo');
INSERT INTO attachment VALUES('c2','probe','probe');
INSERT INTO source_enricher VALUES('s1','breaks','calm');
INSERT INTO enrichment VALUES('a1','breaks','0{}','[{"at_ns":250000000,"confidence":80}]');
INSERT INTO enrichment VALUES('a1','probe','1{}',NULL);
INSERT INTO enrichment VALUES('a3','probe','1{}',NULL);
INSERT INTO asset_reading VALUES('a1',-1,'1{}','1{}','1{}');
INSERT INTO plan_generation VALUES('h1',1,'applied','channel: cheers
','cheers.yaml',1795371000000,NULL);
INSERT INTO plan_generation VALUES('h1',2,'library','channel: cheers
','cheers.yaml',1795372000000,NULL);
INSERT INTO air_session VALUES('n1','cheers','30000/1001',53807520480,1795377600000000000,53807522278,1795377660000000000,'stopped');
INSERT INTO asrun VALUES('p1',3,'cheers','2026-11-22','n1','e1','programme','Give Me a Ring Sometime','a1',NULL,'30000/1001',53807520480,900,53807520480,1795377600016000000,900,0,0,'aired',NULL,NULL);
COMMIT;
