-- JSON, both; null where the file was looked at by a version that did not tell them.
ALTER TABLE asset ADD COLUMN chapters TEXT CHECK (json_valid(chapters));
ALTER TABLE asset ADD COLUMN first_picture TEXT CHECK (json_valid(first_picture));

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
