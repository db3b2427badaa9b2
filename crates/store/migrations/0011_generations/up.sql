-- Plans are rebuilt by hand, too, and what was frozen may be changed all the same.
CREATE TABLE plan_generation_new (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    cause      TEXT NOT NULL CHECK (cause IN ('applied', 'library', 'rebuilt')),
    text       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    made_ms    INTEGER NOT NULL,
    -- From where on it changed what was frozen; null where it did not.
    frozen_ns  INTEGER,
    PRIMARY KEY (channel_id, generation)
) STRICT, WITHOUT ROWID;

INSERT INTO plan_generation_new (channel_id, generation, cause, text, file_name, made_ms)
SELECT channel_id, generation, cause, text, file_name, made_ms FROM plan_generation;

DROP TABLE plan_generation;

ALTER TABLE plan_generation_new RENAME TO plan_generation;
