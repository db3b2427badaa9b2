-- Where a source's media come from: a folder's path, raw bytes, or a media server's URL.
ALTER TABLE source RENAME COLUMN path TO place;
ALTER TABLE source ADD COLUMN kind TEXT NOT NULL DEFAULT 'folder' CHECK (kind IN ('folder', 'jellyfin', 'emby', 'plex'));
-- Of a media server: which of its paths is which one here, as JSON.
ALTER TABLE source ADD COLUMN maps TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(maps) AND (kind <> 'folder' OR maps = '[]'));
-- Of a media server: what a library's files are for, as JSON, by the library's name.
ALTER TABLE source ADD COLUMN library_kinds TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(library_kinds) AND (kind <> 'folder' OR library_kinds = '{}'));

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
