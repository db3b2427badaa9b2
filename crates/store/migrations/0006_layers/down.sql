ALTER TABLE asset DROP COLUMN details;
DROP TABLE asset_reading;
DROP TABLE asset_layer;
