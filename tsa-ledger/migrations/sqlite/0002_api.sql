-- What the API of platform backends keeps: accounts for trying out, batches, webhooks.

-- A sandbox account's tokens are made by a test authority; this never changes.
ALTER TABLE account ADD COLUMN sandbox INTEGER NOT NULL DEFAULT 0 CHECK (sandbox IN (0, 1));

-- Batches by the key that their sender gave them, so that the key names no other batch.
CREATE TABLE bulk (
    account INTEGER NOT NULL REFERENCES account (id),
    key     BLOB    NOT NULL CHECK (length(key) = 32),
    request BLOB    NOT NULL CHECK (length(request) = 32),
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- Who is told of what. The secret makes the signature, so it is kept as it is.
CREATE TABLE webhook (
    id         INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account (id),
    url        TEXT    NOT NULL,
    -- Bits: 1 low balance, 2 top-up, 4 batch done.
    events     INTEGER NOT NULL CHECK (events BETWEEN 1 AND 7),
    secret     BLOB    NOT NULL CHECK (length(secret) = 32),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_by_account ON webhook (account);

-- What they are still to be told, and lately were.
CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY,
    webhook  INTEGER NOT NULL,
    account  INTEGER NOT NULL REFERENCES account (id),
    -- The same for every attempt, and for every webhook that hears of the event.
    event    BLOB    NOT NULL CHECK (length(event) = 16),
    kind     INTEGER NOT NULL CHECK (kind IN (1, 2, 4)),
    credits  INTEGER NOT NULL,
    balance  INTEGER NOT NULL,
    detail   TEXT,
    at       INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at  INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX delivery_waiting ON delivery (webhook, id) WHERE ended_at IS NULL;
CREATE INDEX delivery_over ON delivery (ended_at) WHERE ended_at IS NOT NULL;
