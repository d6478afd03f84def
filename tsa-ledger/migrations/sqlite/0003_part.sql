-- What many tokens have in common, such as the certificates of their signer, is stored once; rows
-- from before this have their tokens whole.
CREATE TABLE part (
    id    INTEGER PRIMARY KEY,
    -- SHA-256 of the bytes.
    hash  BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    bytes BLOB NOT NULL
) STRICT;
-- Where the part goes between the bytes that stand in the row.
ALTER TABLE token ADD COLUMN part INTEGER REFERENCES part (id);
ALTER TABLE token ADD COLUMN part_at INTEGER
    CHECK ((part IS NULL) = (part_at IS NULL) AND part_at BETWEEN 0 AND length(token));

CREATE TRIGGER part_stays BEFORE UPDATE ON part
BEGIN SELECT RAISE(ABORT, 'parts of issued tokens are immutable'); END;
CREATE TRIGGER part_remains BEFORE DELETE ON part
BEGIN SELECT RAISE(ABORT, 'parts of issued tokens are immutable'); END;
