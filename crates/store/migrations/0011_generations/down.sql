CREATE TABLE plan_generation_old (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    cause      TEXT NOT NULL CHECK (cause IN ('applied', 'library')),
    text       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    made_ms    INTEGER NOT NULL,
    PRIMARY KEY (channel_id, generation)
) STRICT, WITHOUT ROWID;

INSERT INTO plan_generation_old (channel_id, generation, cause, text, file_name, made_ms)
SELECT channel_id, generation, replace(cause, 'rebuilt', 'library'), text, file_name, made_ms FROM plan_generation;

DROP TABLE plan_generation;

ALTER TABLE plan_generation_old RENAME TO plan_generation;
