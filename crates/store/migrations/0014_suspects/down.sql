DROP INDEX evidence_opened;
DROP INDEX evidence_air_lost;
