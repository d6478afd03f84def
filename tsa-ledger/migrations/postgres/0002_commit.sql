-- The commit point and the index, each in one round trip and one transaction of its own: the lock
-- that makes numbers gapless is not held while words travel.

-- Issues a batch of tokens: all of it or nothing. The rows it returns say what became of it:
--
--   what      a, b, c, d
--   issued    first leaf, first posting
--   paid      account, balance after the batch, the mark of its low balance
--   seen      leaf, gen_time, -, request: tokens from other nodes, from `known` on
-- or, when nothing was changed,
--   granted   place in the batch from 1: this request, or one with its idempotency key, was
--             granted before
--   short     account, balance: too little for the whole of the batch
--   behind    leaf: so many tokens from `known` on are too many to look through here, or there are
--             fewer than that, because a standby took over that had not heard of all
--
-- `known` is up to where the caller has seen the requests of all tokens; `doubted` names those of
-- the batch that may be among these all the same. `later` is what the items behind it in the batch cost the same account.
CREATE FUNCTION commit_tokens(
    known BIGINT, day BIGINT, doubted BIGINT[],
    payers BIGINT[], spent BIGINT[],
    accounts BIGINT[], credits BIGINT[], later BIGINT[], ats BIGINT[], serials BYTEA[],
    algorithms TEXT[], digests BYTEA[], requests BYTEA[], names TEXT[], gen_times BIGINT[],
    tokens BYTEA[], keys BYTEA[], bodies BYTEA[]
) RETURNS TABLE (what TEXT, a BIGINT, b BIGINT, c BIGINT, d BYTEA)
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    first_leaf BIGINT;
    first_posting BIGINT;
    indexed BIGINT;
    is_refused BOOLEAN := FALSE;
    paid BIGINT;
BEGIN
    -- On the disk, whatever the session says; more than that is more than that.
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        PERFORM set_config('synchronous_commit', 'on', TRUE);
    END IF;

    -- From here on nobody else writes. What they wrote before is seen by every statement below,
    -- each of which has a snapshot of its own.
    SELECT head.leaf, head.posting + 1, head.indexed INTO STRICT first_leaf, first_posting, indexed
        FROM head WHERE head.id = 1 FOR UPDATE;

    IF first_leaf > known + 16384 OR first_leaf < known THEN
        RETURN QUERY SELECT 'behind', first_leaf, NULL::BIGINT, NULL::BIGINT, NULL::BYTEA;
        RETURN;
    END IF;
    IF first_leaf > known THEN
        RETURN QUERY SELECT 'granted', item.place, NULL::BIGINT, NULL::BIGINT, NULL::BYTEA
            FROM token JOIN unnest(requests, accounts, ats) WITH ORDINALITY
                AS item (request, account, at, place) USING (request, account)
            WHERE token.leaf >= known AND token.gen_time >= item.at - day;
        is_refused := FOUND;
    END IF;
    IF cardinality(doubted) > 0 THEN
        RETURN QUERY SELECT 'granted', doubt.place, NULL::BIGINT, NULL::BIGINT, NULL::BYTEA
            FROM unnest(doubted) AS doubt (place)
            CROSS JOIN LATERAL (
                SELECT token_index.leaf FROM token_index WHERE token_index.key
                    = index_key(accounts[doubt.place], requests[doubt.place])) AS found
            JOIN token ON token.leaf = found.leaf
            WHERE token.request = requests[doubt.place]
            AND token.account = accounts[doubt.place]
            AND token.gen_time >= ats[doubt.place] - day;
        is_refused := is_refused OR FOUND;
        -- What the index does not hold yet.
        RETURN QUERY SELECT 'granted', doubt.place, NULL::BIGINT, NULL::BIGINT, NULL::BYTEA
            FROM token JOIN unnest(doubted) AS doubt (place)
            ON token.request = requests[doubt.place] AND token.account = accounts[doubt.place]
            WHERE token.leaf >= indexed AND token.leaf < known
            AND token.gen_time >= ats[doubt.place] - day;
        is_refused := is_refused OR FOUND;
    END IF;
    IF cardinality(keys) > 0 THEN
        RETURN QUERY SELECT 'granted', item.place, NULL::BIGINT, NULL::BIGINT, NULL::BYTEA
            FROM unnest(accounts, keys) WITH ORDINALITY AS item (account, key, place)
            JOIN idempotency USING (account, key);
        is_refused := is_refused OR FOUND;
    END IF;
    IF is_refused THEN
        RETURN;
    END IF;

    RETURN QUERY SELECT 'short', account.id, account.credited - account.debited, NULL::BIGINT,
            NULL::BYTEA
        FROM unnest(payers, spent) AS bill (id, credits) JOIN account USING (id)
        WHERE account.credited - account.debited < bill.credits LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY UPDATE account SET debited = account.debited + bill.credits
        FROM unnest(payers, spent) AS bill (id, credits)
        WHERE account.id = bill.id AND account.credited - account.debited >= bill.credits
        RETURNING 'paid', account.id, account.credited - account.debited, account.low_balance,
            NULL::BYTEA;
    GET DIAGNOSTICS paid = ROW_COUNT;
    IF paid <> cardinality(payers) THEN
        RAISE EXCEPTION 'an account that pays is not there'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    UPDATE account SET credited = account.credited + (SELECT sum(bill) FROM unnest(spent) AS bill)
        WHERE account.id = 2;
    UPDATE head SET leaf = head.leaf + cardinality(accounts),
        posting = head.posting + cardinality(accounts) WHERE head.id = 1;
    INSERT INTO posting (id, debit_account, credit_account, credits, balance, reason, leaf, at)
        SELECT first_posting + item.place - 1, item.account, 2, item.credits,
            account.credited - account.debited + item.later, 'token',
            first_leaf + item.place - 1, item.at
        FROM unnest(accounts, credits, later, ats) WITH ORDINALITY
            AS item (account, credits, later, at, place)
        JOIN account ON account.id = item.account;
    INSERT INTO token (leaf, serial, account, posting, algorithm, digest, request, name, gen_time,
            cost, token)
        SELECT first_leaf + item.place - 1, item.serial, item.account,
            first_posting + item.place - 1, item.algorithm, item.digest, item.request, item.name,
            item.gen_time, item.cost, item.token
        FROM unnest(serials, accounts, algorithms, digests, requests, names, gen_times, credits,
                tokens) WITH ORDINALITY
            AS item (serial, account, algorithm, digest, request, name, gen_time, cost, token,
                place);
    IF cardinality(keys) > 0 THEN
        INSERT INTO idempotency (account, key, request, leaf, at)
            SELECT item.account, item.key, item.body, first_leaf + item.place - 1, item.at
            FROM unnest(accounts, keys, bodies, ats) WITH ORDINALITY
                AS item (account, key, body, at, place)
            WHERE item.key IS NOT NULL;
    END IF;
    IF first_leaf > known THEN
        RETURN QUERY SELECT 'seen', token.leaf, token.gen_time, NULL::BIGINT, token.request
            FROM token WHERE token.leaf >= known AND token.leaf < first_leaf
            AND token.request IS NOT NULL;
    END IF;
    RETURN QUERY SELECT 'issued', first_leaf, first_posting, NULL::BIGINT, NULL::BYTEA;
END $$;

-- Brings the index up to the last token, at most so many at a time, in the order of its keys. One
-- node does it, and the others find the lock taken. It waits for no disk: what a crash takes back
-- is done again. How far the index is then.
CREATE FUNCTION advance_index(at_most BIGINT) RETURNS BIGINT
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    first BIGINT;
    behind BIGINT;
BEGIN
    SELECT head.indexed, least(head.leaf, head.indexed + at_most) INTO STRICT first, behind
        FROM head WHERE head.id = 1;
    IF first = behind OR NOT pg_try_advisory_xact_lock(3161, 1) THEN
        RETURN first;
    END IF;
    -- Another node may have ended between the two.
    SELECT head.indexed, least(head.leaf, head.indexed + at_most) INTO STRICT first, behind
        FROM head WHERE head.id = 1;
    INSERT INTO token_index (key, leaf)
        SELECT index_key(token.account, token.digest), token.leaf FROM token
            WHERE token.leaf >= first AND token.leaf < behind
        UNION ALL SELECT index_key(token.account, token.request), token.leaf FROM token
            WHERE token.leaf >= first AND token.leaf < behind AND token.request IS NOT NULL
        ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    UPDATE head SET indexed = behind WHERE head.id = 1;
    RETURN behind;
END $$;
