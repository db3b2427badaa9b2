-- What Air told, each event once.
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

CREATE INDEX evidence_channel ON evidence (channel, at_ns);

CREATE INDEX evidence_session ON evidence (session_id);

CREATE INDEX evidence_at ON evidence (at_ns);

-- Up to where each spool is stored.
CREATE TABLE evidence_cursor (
    spool_id TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    -- the spool that was heard last has the highest
    heard    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
