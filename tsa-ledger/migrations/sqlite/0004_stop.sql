-- Keys that sign no token any more, for good: every server on this ledger looks here.
CREATE TABLE stopped_key (
    -- SHA-256 of the public key, an encoded SubjectPublicKeyInfo.
    key    BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    -- The operator's words.
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER stop_stays BEFORE UPDATE ON stopped_key
BEGIN SELECT RAISE(ABORT, 'stopped keys stay stopped'); END;
CREATE TRIGGER stop_remains BEFORE DELETE ON stopped_key
BEGIN SELECT RAISE(ABORT, 'stopped keys stay stopped'); END;
