-- What an operator put on air in place of what is planned. Recorded before it takes effect.
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
