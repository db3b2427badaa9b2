CREATE TABLE told_layer (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'nfo', 'file_name', 'folder', 'container')),
    told     TEXT NOT NULL CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, origin)
) STRICT, WITHOUT ROWID;
INSERT INTO told_layer (asset_id, origin, told)
SELECT asset_id, origin, told FROM asset_layer WHERE origin <> 'server';
DROP TABLE asset_layer;
ALTER TABLE told_layer RENAME TO asset_layer;
DROP TABLE server_item;
ALTER TABLE source DROP COLUMN libraries;
ALTER TABLE source DROP COLUMN library_kinds;
ALTER TABLE source DROP COLUMN maps;
ALTER TABLE source DROP COLUMN kind;
DROP INDEX source_place;
ALTER TABLE source RENAME COLUMN place TO path;
CREATE UNIQUE INDEX source_path ON source (path);
