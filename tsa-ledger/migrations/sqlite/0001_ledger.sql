-- Accounts, postings, the record of tokens. Times are microseconds since 1970; amounts are whole
-- credits; what may be either is 0 or 1. Nothing here depends on the machine's clock.

-- An account's balance is what was credited less what was debited; both only grow. The database
-- itself refuses a customer's balance below zero, and sums beyond what every program can read.
CREATE TABLE account (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    role        TEXT    NOT NULL CHECK (role IN ('issue', 'revenue', 'customer', 'operator')),
    credited    INTEGER NOT NULL DEFAULT 0 CHECK (credited BETWEEN 0 AND 9007199254740991),
    debited     INTEGER NOT NULL DEFAULT 0 CHECK (debited BETWEEN 0 AND 9007199254740991),
    low_balance INTEGER NOT NULL DEFAULT 0 CHECK (low_balance >= 0),
    created_at  INTEGER NOT NULL,
    CHECK (role IN ('issue', 'revenue') OR debited <= credited)
) STRICT;

-- Where credits come from, and where spent ones go.
INSERT INTO account (id, name, role, created_at) VALUES (1, ':issue', 'issue', 0);
INSERT INTO account (id, name, role, created_at) VALUES (2, ':revenue', 'revenue', 0);

-- A key is shown once; what is kept is the SHA-256 of its 256 random bits.
CREATE TABLE api_key (
    id          INTEGER PRIMARY KEY,
    account     INTEGER NOT NULL REFERENCES account (id),
    secret_hash BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    scope       TEXT    NOT NULL CHECK (scope IN ('all', 'stamp', 'read')),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER
) STRICT;
CREATE INDEX api_key_by_account ON api_key (account);

-- The next numbers. One row.
CREATE TABLE head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    posting INTEGER NOT NULL CHECK (posting >= 0),
    leaf    INTEGER NOT NULL CHECK (leaf >= 0),
    indexed INTEGER NOT NULL CHECK (indexed BETWEEN 0 AND leaf)
) STRICT;
INSERT INTO head (id, posting, leaf, indexed) VALUES (1, 0, 0, 0);

-- Double entry: each row moves credits from one account to another and never changes.
CREATE TABLE posting (
    id             INTEGER PRIMARY KEY,
    debit_account  INTEGER NOT NULL REFERENCES account (id),
    credit_account INTEGER NOT NULL REFERENCES account (id),
    credits        INTEGER NOT NULL CHECK (credits > 0),
    -- Of the account that is neither the issue nor the revenue account, after this posting.
    balance        INTEGER NOT NULL CHECK (balance >= 0),
    reason         TEXT    NOT NULL CHECK (reason IN ('grant', 'token', 'correction')),
    -- The token it pays for.
    leaf           INTEGER,
    -- An order, a case, an operator's words.
    reference      TEXT,
    at             INTEGER NOT NULL,
    CHECK (debit_account <> credit_account),
    CHECK ((reason = 'token') = (leaf IS NOT NULL))
) STRICT;
CREATE INDEX posting_by_debit ON posting (debit_account);
CREATE INDEX posting_by_correction ON posting (debit_account) WHERE reason = 'correction';
CREATE INDEX posting_by_credit ON posting (credit_account) WHERE reason <> 'token';

-- Every token that was issued. `leaf` is its place in the transparency log: without gaps.
CREATE TABLE token (
    leaf      INTEGER PRIMARY KEY CHECK (leaf >= 0),
    serial    BLOB    NOT NULL UNIQUE CHECK (length(serial) BETWEEN 1 AND 20),
    account   INTEGER NOT NULL REFERENCES account (id),
    posting   INTEGER NOT NULL,
    algorithm TEXT    NOT NULL,
    digest    BLOB    NOT NULL,
    -- Of the request, when a repetition of it is the same request: the first half of a SHA-256.
    request   BLOB    CHECK (length(request) = 16),
    name      TEXT,
    gen_time  INTEGER NOT NULL,
    cost      INTEGER NOT NULL CHECK (cost > 0),
    token     BLOB    NOT NULL
) STRICT;
CREATE INDEX token_by_time ON token (account, gen_time);
CREATE INDEX token_by_name ON token (account, name) WHERE name IS NOT NULL;

-- Found again by digest, and by request: sorted runs of entries, each a key of eight bytes and a
-- leaf. The index trails the tokens by less than a second; `head.indexed` says how far it is. It can
-- be made anew from the tokens at any time.
CREATE TABLE index_run (
    run       INTEGER PRIMARY KEY,
    from_leaf INTEGER NOT NULL CHECK (from_leaf >= 0),
    to_leaf   INTEGER NOT NULL CHECK (to_leaf > from_leaf),
    entries   INTEGER NOT NULL CHECK (entries >= 0),
    -- A live run is asked; a growing one is being merged from the live ones of its leaves; one that
    -- is over was merged, and goes.
    state     TEXT    NOT NULL CHECK (state IN ('live', 'growing', 'over'))
) STRICT;
-- Chunks are so small that they stand in the tree itself.
CREATE TABLE index_chunk (
    run     INTEGER NOT NULL,
    -- Its first entry.
    first   BLOB    NOT NULL CHECK (length(first) = 16),
    entries BLOB    NOT NULL,
    PRIMARY KEY (run, first)
) STRICT, WITHOUT ROWID;

-- Idempotency keys that were bound by a granted answer.
CREATE TABLE idempotency (
    account INTEGER NOT NULL REFERENCES account (id),
    key     BLOB    NOT NULL CHECK (length(key) = 32),
    request BLOB    NOT NULL CHECK (length(request) = 32),
    leaf    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- What is written stays as it was written; corrections are new postings.
CREATE TRIGGER posting_stays BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are immutable'); END;
CREATE TRIGGER posting_remains BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are immutable'); END;
CREATE TRIGGER token_stays BEFORE UPDATE ON token
BEGIN SELECT RAISE(ABORT, 'issued tokens are immutable'); END;
CREATE TRIGGER token_remains BEFORE DELETE ON token
BEGIN SELECT RAISE(ABORT, 'issued tokens are immutable'); END;
CREATE TRIGGER account_remains BEFORE DELETE ON account
BEGIN SELECT RAISE(ABORT, 'accounts remain'); END;
