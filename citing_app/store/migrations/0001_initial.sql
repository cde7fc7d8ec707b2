-- Names are the glossary's (docs/words.md). Rows are appended wherever they can be; the one hot table that is
-- updated, items, carries no index: DuckDB's indexes have faults under updates, and its zone maps are enough.

CREATE SEQUENCE instruction_ids;
CREATE TABLE instructions (
    id BIGINT PRIMARY KEY DEFAULT nextval('instruction_ids'),
    hash VARCHAR NOT NULL UNIQUE,
    instruction VARCHAR NOT NULL,
    input VARCHAR NOT NULL,
    output VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE categories (
    name VARCHAR PRIMARY KEY,
    description VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Only instructions that a teacher or a person sorted are members; an assigned one is not.
CREATE TABLE category_members (
    instruction_id BIGINT NOT NULL,
    category VARCHAR NOT NULL,
    sorted_by VARCHAR NOT NULL
);

CREATE TABLE rubrics (
    category VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    criteria VARCHAR NOT NULL, -- JSON: [{"name", "good", "bad"}]
    author VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (category, version)
);

CREATE TABLE embeddings (
    instruction_id BIGINT NOT NULL,
    embedder VARCHAR NOT NULL,
    vector FLOAT[] NOT NULL
);

CREATE TABLE assignments (
    instruction_id BIGINT NOT NULL,
    category VARCHAR, -- NULL: no rubric matches
    similarity FLOAT NOT NULL,
    runner_up VARCHAR,
    runner_up_similarity FLOAT NOT NULL
);

CREATE SEQUENCE item_ids;
CREATE TABLE drafts (
    item_id BIGINT NOT NULL DEFAULT nextval('item_ids'),
    hash VARCHAR NOT NULL UNIQUE, -- instruction, author and text
    instruction_id BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    author VARCHAR NOT NULL, -- the student (base, round 3) or who an import says
    round INTEGER, -- the round whose adapter drafted; NULL for the base model and for imports
    drafted_at TIMESTAMPTZ NOT NULL
);

CREATE SEQUENCE revision_ids;
CREATE TABLE revisions (
    id BIGINT NOT NULL DEFAULT nextval('revision_ids'),
    hash VARCHAR NOT NULL UNIQUE, -- draft hash, author and text
    item_id BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    edits VARCHAR NOT NULL, -- JSON: [{"before", "after", "criterion"}]
    prompt_hash VARCHAR,
    revised_at TIMESTAMPTZ NOT NULL
);

-- An item is a draft with all its revisions; its present state is written with each decision.
CREATE TABLE items (
    id BIGINT NOT NULL,
    instruction_id BIGINT NOT NULL,
    state VARCHAR NOT NULL, -- drafted, waiting, accepted, rejected, held_out
    version INTEGER NOT NULL, -- counts revisions and decisions
    revision_id BIGINT,
    decision_id VARCHAR, -- the newest decision
    place DOUBLE NOT NULL -- order in the queue
);

CREATE SEQUENCE decision_numbers;
CREATE TABLE decisions (
    number BIGINT NOT NULL DEFAULT nextval('decision_numbers'),
    id VARCHAR NOT NULL UNIQUE,
    request_id VARCHAR NOT NULL UNIQUE,
    item_id BIGINT NOT NULL,
    revision_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL, -- accept, edit, reject, skip, undo
    final_text VARCHAR,
    kept_hunks VARCHAR, -- JSON: [hunk number]; NULL: all
    rubric_category VARCHAR,
    rubric_version INTEGER,
    annotator VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    undoes VARCHAR,
    batch VARCHAR
);

CREATE TABLE rounds (
    number INTEGER NOT NULL,
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    parent INTEGER,
    depth INTEGER NOT NULL,
    state VARCHAR NOT NULL, -- as the round's directory last said
    spec VARCHAR NOT NULL, -- JSON
    result VARCHAR, -- JSON; present when finished
    started_by VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE round_items (
    round INTEGER NOT NULL,
    decision_id VARCHAR NOT NULL
);

CREATE TABLE teacher_calls (
    item_id BIGINT NOT NULL,
    teacher VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL, -- ok, unchanged, empty, refused, truncated, filtered, malformed, failed
    reason VARCHAR,
    raw VARCHAR,
    tokens_in INTEGER,
    tokens_out INTEGER,
    seconds DOUBLE NOT NULL,
    called_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE metrics (
    model VARCHAR NOT NULL, -- base, round 3
    dataset VARCHAR NOT NULL,
    answer VARCHAR NOT NULL, -- draft, self-revision
    name VARCHAR NOT NULL, -- rouge_l, token_f1, exact_match, loss
    value DOUBLE NOT NULL,
    low DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    n INTEGER NOT NULL,
    measured_at TIMESTAMPTZ NOT NULL
);

-- The state that the decisions alone give: what items.state is rebuilt from, and the oracle of its tests.
CREATE VIEW item_states AS
SELECT
    items.id,
    CASE
        WHEN newest.kind IN ('accept', 'edit') THEN 'accepted'
        WHEN newest.kind = 'reject' THEN 'rejected'
        WHEN instructions.split <> 'train' THEN 'held_out'
        WHEN items.revision_id IS NULL THEN 'drafted'
        ELSE 'waiting'
    END AS state,
    newest.id AS decision_id
FROM items
JOIN instructions ON instructions.id = items.instruction_id
LEFT JOIN (
    SELECT item_id, arg_max(kind, number) AS kind, arg_max(id, number) AS id FROM decisions GROUP BY item_id
) AS newest ON newest.item_id = items.id;
