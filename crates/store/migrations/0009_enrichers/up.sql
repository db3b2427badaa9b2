-- What finds out about files. Each kind has one from the start, called by its kind.
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

CREATE UNIQUE INDEX enricher_default ON enricher (kind) WHERE is_default = 1;

INSERT INTO enricher (name, kind, is_default, settings, recipe)
SELECT kind.value, kind.value, 1, '{}', '1{}'
FROM json_each('["filename", "nfo", "artwork", "probe", "chapters", "loudness", "breaks"]') AS kind;

-- One of a kind at most; none where it was taken off.
CREATE TABLE attachment (
    collection_id TEXT NOT NULL REFERENCES collection (id),
    kind          TEXT NOT NULL,
    enricher      TEXT NOT NULL REFERENCES enricher (name),
    PRIMARY KEY (collection_id, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO attachment (collection_id, kind, enricher)
SELECT collection.id, enricher.kind, enricher.name FROM collection CROSS JOIN enricher;

-- What a collection of this source begins with in place of a kind's default; null where it begins with none.
CREATE TABLE source_enricher (
    source_id TEXT NOT NULL REFERENCES source (id),
    kind      TEXT NOT NULL,
    enricher  TEXT REFERENCES enricher (name),
    PRIMARY KEY (source_id, kind)
) STRICT, WITHOUT ROWID;

-- What was made of a file, and by which recipe.
CREATE TABLE enrichment (
    asset_id TEXT NOT NULL REFERENCES asset (id),
    kind     TEXT NOT NULL CHECK (kind IN ('probe', 'breaks')),
    recipe   TEXT NOT NULL,
    -- JSON; null where it is kept with the asset.
    told     TEXT CHECK (json_valid(told)),
    PRIMARY KEY (asset_id, kind)
) STRICT, WITHOUT ROWID;

-- What was looked at before need not be looked at again; breaks are made of what was measured.
INSERT INTO enrichment (asset_id, kind, recipe) SELECT id, 'probe', '1{}' FROM asset WHERE duration_ns IS NOT NULL;

-- The next sync reads names and NFO files again, and notes by which recipes; empty where nothing of a kind is wanted.
DROP TABLE asset_reading;
CREATE TABLE asset_reading (
    asset_id TEXT PRIMARY KEY NOT NULL REFERENCES asset (id),
    stamp    INTEGER NOT NULL,
    filename TEXT NOT NULL,
    nfo      TEXT NOT NULL,
    artwork  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What waits is looked for by collections, and short ones first.
CREATE INDEX asset_collection ON asset (collection_id);
CREATE INDEX asset_waiting ON asset (state, duration_ns, id);
