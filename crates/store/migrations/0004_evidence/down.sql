DROP TABLE evidence_cursor;
DROP TABLE evidence;
