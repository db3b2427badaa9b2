ALTER TABLE playlog_event ADD COLUMN fade_in_frames INTEGER NOT NULL DEFAULT 0 CHECK (fade_in_frames >= 0);

ALTER TABLE playlog_event ADD COLUMN fade_out_frames INTEGER NOT NULL DEFAULT 0 CHECK (fade_out_frames >= 0);

-- Why it is there.
ALTER TABLE playlog_event ADD COLUMN rule TEXT NOT NULL DEFAULT '';
