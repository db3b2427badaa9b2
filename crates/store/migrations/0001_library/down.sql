DROP TABLE asset;
DROP TABLE collection;
DROP TABLE source;
DROP TABLE meta;
