-- Keys that sign no token any more, for good: every server on this ledger looks here.
CREATE TABLE stopped_key (
    -- SHA-256 of the public key, an encoded SubjectPublicKeyInfo.
    key    BYTEA  PRIMARY KEY CHECK (octet_length(key) = 32),
    -- The operator's words.
    reason TEXT   NOT NULL,
    at     BIGINT NOT NULL
);
CREATE TRIGGER stop_stays BEFORE UPDATE ON stopped_key
    FOR EACH ROW EXECUTE FUNCTION refuse('stopped keys stay stopped');
CREATE TRIGGER stop_remains BEFORE DELETE ON stopped_key
    FOR EACH ROW EXECUTE FUNCTION refuse('stopped keys stay stopped');
CREATE TRIGGER stop_is_kept BEFORE TRUNCATE ON stopped_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('stopped keys stay stopped');
