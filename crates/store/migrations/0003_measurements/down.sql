DROP TABLE measurement;
ALTER TABLE asset DROP COLUMN first_picture;
ALTER TABLE asset DROP COLUMN chapters;
