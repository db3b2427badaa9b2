DROP INDEX asset_collection;
DROP INDEX asset_waiting;
DROP TABLE asset_reading;
CREATE TABLE asset_reading (
    asset_id TEXT PRIMARY KEY NOT NULL REFERENCES asset (id),
    stamp    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
DROP TABLE enrichment;
DROP TABLE source_enricher;
DROP TABLE attachment;
DROP TABLE enricher;
