ALTER TABLE playlog_event DROP COLUMN rule;

ALTER TABLE playlog_event DROP COLUMN fade_out_frames;

ALTER TABLE playlog_event DROP COLUMN fade_in_frames;
