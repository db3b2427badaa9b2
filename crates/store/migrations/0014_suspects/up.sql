-- Who was being opened when Air died, and who was opened since, is asked while viewers wait.
CREATE INDEX evidence_air_lost ON evidence (session_id) WHERE what = 'session_ended' AND cause = 'air_lost';

CREATE INDEX evidence_opened ON evidence (asset_id, at_ns) WHERE what = 'segment_opened';
