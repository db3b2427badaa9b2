-- What each origin tells of an asset, as JSON. The columns of asset are the merge of it.
CREATE TABLE asset_layer (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'nfo', 'file_name', 'folder', 'container')),
    told     TEXT NOT NULL CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, origin)
) STRICT, WITHOUT ROWID;

-- What told apart the names and the files beside it when they were last read; none where they are to be read again.
CREATE TABLE asset_reading (
    asset_id TEXT PRIMARY KEY NOT NULL REFERENCES asset (id),
    stamp    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of the merge, what nothing is searched by: JSON.
ALTER TABLE asset ADD COLUMN details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details));

-- What was known before stays known; the next sync reads names again.
INSERT INTO asset_layer (asset_id, origin, told)
SELECT asset.id, layer.origin, json_object(
    'kind', CASE json_extract(origins, '$.kind') WHEN layer.origin THEN kind END,
    'type', CASE json_extract(origins, '$.type') WHEN layer.origin THEN media_type END,
    'title', CASE json_extract(origins, '$.title') WHEN layer.origin THEN title END,
    'series', CASE json_extract(origins, '$.series') WHEN layer.origin THEN series END,
    'season', CASE json_extract(origins, '$.season') WHEN layer.origin THEN season END,
    'episode', CASE json_extract(origins, '$.episode') WHEN layer.origin THEN episode END,
    'last_episode', CASE json_extract(origins, '$.episode') WHEN layer.origin THEN last_episode END,
    'year', CASE json_extract(origins, '$.year') WHEN layer.origin THEN year END,
    'tags', json(CASE json_extract(origins, '$.tags') WHEN layer.origin THEN tags ELSE 'null' END),
    'genres', json(CASE json_extract(origins, '$.genres') WHEN layer.origin THEN genres ELSE 'null' END)
)
FROM asset
CROSS JOIN (SELECT 'file_name' AS origin UNION ALL SELECT 'folder' UNION ALL SELECT 'container') AS layer
WHERE EXISTS (SELECT 1 FROM json_each(asset.origins) WHERE json_each.value = layer.origin);
