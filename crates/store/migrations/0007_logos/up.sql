-- The channels' logos by the names that channels know them by. Those from before are taken in from the home.
CREATE TABLE logo (
    name    TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
    content BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 4194304)
) STRICT;
