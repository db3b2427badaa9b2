-- A place is taken by a source that is there alone. That is no longer a rule of the column, so the table is made again;
-- those that refer to it are judged when all is done.
PRAGMA defer_foreign_keys = ON;
CREATE TEMPORARY TABLE kept_source AS SELECT id, name, path, review, created_ms, removed_ms FROM source;
DROP TABLE source;
CREATE TABLE source (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL CHECK (name <> ''),
    -- Where its media come from: a folder's path, for file names need not be UTF-8, or a media server's URL.
    place      BLOB NOT NULL CHECK (length(place) > 0),
    review     INTEGER NOT NULL CHECK (review IN (0, 1)),
    created_ms INTEGER NOT NULL,
    -- A removed source keeps its row, for its assets are named by playlogs and as-run.
    removed_ms INTEGER
) STRICT;
INSERT INTO source (id, name, place, review, created_ms, removed_ms)
SELECT id, name, path, review, created_ms, removed_ms FROM kept_source;
DROP TABLE kept_source;
CREATE UNIQUE INDEX source_name ON source (name) WHERE removed_ms IS NULL;
CREATE UNIQUE INDEX source_place ON source (place) WHERE removed_ms IS NULL;

ALTER TABLE source ADD COLUMN kind TEXT NOT NULL DEFAULT 'folder' CHECK (kind IN ('folder', 'jellyfin', 'emby', 'plex'));
-- Of a media server: which of its paths is which one here, as JSON.
ALTER TABLE source ADD COLUMN maps TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(maps) AND (kind <> 'folder' OR maps = '[]'));
-- Of a media server: what a library's files are for, as JSON, by the library's name.
ALTER TABLE source ADD COLUMN library_kinds TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(library_kinds) AND (kind <> 'folder' OR library_kinds = '{}'));
-- Of a media server: what its libraries were called when they were listed last, as JSON, by their ids there.
ALTER TABLE source ADD COLUMN libraries TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(libraries) AND (kind <> 'folder' OR libraries = '{}'));

-- What a media server calls the item whose file an asset is. The path of such an asset is absolute.
CREATE TABLE server_item (
    source_id TEXT NOT NULL REFERENCES source (id),
    item      TEXT NOT NULL CHECK (item <> ''),
    asset_id  TEXT NOT NULL UNIQUE REFERENCES asset (id),
    PRIMARY KEY (source_id, item)
) STRICT, WITHOUT ROWID;

-- A media server tells of assets, too.
CREATE TABLE told_layer (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'server', 'nfo', 'file_name', 'folder', 'container')),
    told     TEXT NOT NULL CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, origin)
) STRICT, WITHOUT ROWID;
INSERT INTO told_layer (asset_id, origin, told) SELECT asset_id, origin, told FROM asset_layer;
DROP TABLE asset_layer;
ALTER TABLE told_layer RENAME TO asset_layer;
