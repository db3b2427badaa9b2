-- When channels were on air.
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

CREATE INDEX air_session_channel ON air_session (channel, first_ns);

INSERT INTO air_session (session_id, channel, frame_rate, first_frame, first_ns, end_frame, end_ns, cause)
SELECT begun.session_id, begun.channel, begun.detail, begun.frame, begun.at_ns, ended.frame, ended.at_ns, ended.cause
FROM evidence AS begun
LEFT JOIN evidence AS ended ON ended.session_id = begun.session_id AND ended.what = 'session_ended'
WHERE begun.what = 'session_started'
GROUP BY begun.session_id;

-- What was sent, made from evidence: a row for each event that ended.
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

CREATE INDEX asrun_day ON asrun (channel, date, actual_ns);

CREATE INDEX asrun_session ON asrun (session_id);

CREATE INDEX asrun_at ON asrun (actual_ns);

-- What happened does not change afterwards.
CREATE TRIGGER asrun_stays BEFORE UPDATE ON asrun
BEGIN
    SELECT RAISE(ABORT, 'as-run is never changed');
END;
