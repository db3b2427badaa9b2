-- The file in the home that holds the channel's logo as it was when its channel file was applied.
ALTER TABLE channel ADD COLUMN logo TEXT;
