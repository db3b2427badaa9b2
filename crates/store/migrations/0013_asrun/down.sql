DROP TABLE asrun;

DROP TABLE air_session;
