-- Steps of the system's clock that MasterClock has taken over. Rows are added, never changed.
CREATE TABLE clock_adoption (
    number    INTEGER PRIMARY KEY NOT NULL,
    cause     TEXT NOT NULL CHECK (cause IN ('idle', 'command')),
    before_ns INTEGER NOT NULL,
    after_ns  INTEGER NOT NULL
) STRICT;
