-- The ledger of teacher calls. A call is keyed by the sha256 of model, server, parameters and messages. Amounts are in
-- billionths of a dollar; NULL where the model has no price.
CREATE TABLE ledger (
    id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    teacher VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL, -- revise, propose, merge, sort, rubric, repair, check
    item_id BIGINT, -- whose revision was asked for
    state VARCHAR NOT NULL, -- reserved: held, not sent; sent; done: answered; failed: not answered, not paid; unknown
    superseded BOOLEAN NOT NULL, -- a person asked for the same again
    outcome VARCHAR, -- ok, unchanged, empty, refused, truncated, filtered, malformed, failed, unknown
    reason VARCHAR,
    raw VARCHAR, -- the reply as it came
    finish VARCHAR,
    tokens_in BIGINT,
    tokens_out BIGINT,
    held BIGINT, -- the most that it can cost
    cost BIGINT, -- what it did cost
    seconds DOUBLE,
    attempts INTEGER NOT NULL,
    prompt_hash VARCHAR,
    called_at TIMESTAMPTZ NOT NULL
);
INSERT INTO ledger
SELECT uuid()::VARCHAR, '', teacher, 'revise', item_id, CASE outcome WHEN 'failed' THEN 'failed' ELSE 'done' END, false,
    outcome, reason, raw, NULL, tokens_in, tokens_out, NULL, NULL, seconds, 1, NULL, called_at
FROM teacher_calls;
DROP TABLE teacher_calls;
ALTER TABLE ledger RENAME TO teacher_calls;

-- Dollars for a million tokens; appended, the newest of a teacher counts.
CREATE TABLE prices (
    teacher VARCHAR NOT NULL,
    sent DOUBLE NOT NULL,
    answered DOUBLE NOT NULL,
    author VARCHAR NOT NULL,
    set_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE spending_limits (
    billionths BIGINT, -- of a dollar; NULL: none
    author VARCHAR NOT NULL,
    set_at TIMESTAMPTZ NOT NULL
);

-- Which teachers revise a data set's drafts, and how; appended, the newest row of a data set counts.
CREATE TABLE dataset_teachers (
    dataset VARCHAR NOT NULL,
    teachers VARCHAR[] NOT NULL, -- empty: the one that the app was started with
    style VARCHAR NOT NULL, -- smallest, free
    rationale BOOLEAN NOT NULL,
    author VARCHAR NOT NULL,
    set_at TIMESTAMPTZ NOT NULL
);

ALTER TABLE revisions ADD COLUMN rationale VARCHAR; -- JSON: {criterion: why}
