-- Evaluation keeps every text that a model wrote and every value that was measured of it; what pages show are views over
-- these rows. A row is added once and never changed or deleted: a figure that was reported can always be traced.

-- Accepted answers of an instruction beyond instructions.output, which is the first of them.
CREATE TABLE accepted_answers (
    hash VARCHAR NOT NULL, -- of the instruction
    place INTEGER NOT NULL, -- from 1; place 0 is instructions.output
    text VARCHAR NOT NULL
);

-- A frozen list of instructions. The hash is the sha256 of their hashes in order: of one name there may be several lists,
-- and one list may have several names.
CREATE TABLE test_sets (
    hash VARCHAR NOT NULL,
    name VARCHAR NOT NULL, -- of the data set, or `test split`
    dataset VARCHAR, -- NULL: the test split of all data sets
    learned_by INTEGER, -- the SFT round whose own rows these are, measured to see what is forgotten; NULL: a test set
    n INTEGER NOT NULL,
    frozen_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE test_set_instructions (
    test_set VARCHAR NOT NULL, -- hash
    place INTEGER NOT NULL, -- from 0
    instruction_hash VARCHAR NOT NULL
);

-- A model as it answered: a student with an adapter. The key is the sha256 of both; an adapter that was imported again
-- has two names.
CREATE TABLE models (
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL, -- base, round 3, or as an import says
    round INTEGER, -- NULL for the base model and for imports
    student VARCHAR NOT NULL,
    adapter_hash VARCHAR -- NULL for the base model and for imports
);

-- One row for each text that a model wrote for an instruction. The key is the sha256 of all that made it: model,
-- instruction, kind, prompt, rubric version, decoding, and the draft that was revised.
CREATE TABLE answers (
    key VARCHAR NOT NULL,
    model VARCHAR NOT NULL, -- key
    instruction_hash VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, -- draft, self-revision
    draft VARCHAR, -- key of the draft that a self-revision revised
    prompt_hash VARCHAR NOT NULL,
    rubric_category VARCHAR,
    rubric_version INTEGER,
    decoding VARCHAR NOT NULL, -- as `greedy, at most 160 tokens`
    text VARCHAR NOT NULL,
    written_at TIMESTAMPTZ NOT NULL
);

-- One value for each answer and metric; likelihoods (loss, kl) are of a model and an instruction, without an answer.
CREATE TABLE figures (
    model VARCHAR NOT NULL, -- key
    instruction_hash VARCHAR NOT NULL,
    answer VARCHAR, -- key; NULL for a likelihood
    kind VARCHAR NOT NULL, -- draft, self-revision
    metric VARCHAR NOT NULL,
    basis VARCHAR NOT NULL, -- what the value depends on besides: a hash of the accepted answers, or empty
    value DOUBLE NOT NULL,
    measured_at TIMESTAMPTZ NOT NULL
);

-- Two answers to one instruction. The id is the sha256 of the two keys in alphabetical order: `first` is the smaller.
CREATE TABLE comparisons (
    id VARCHAR NOT NULL,
    instruction_hash VARCHAR NOT NULL,
    instruction VARCHAR NOT NULL, -- a chat's prompt is no stored instruction
    input VARCHAR NOT NULL,
    first VARCHAR NOT NULL, -- keys of answers
    second VARCHAR NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);

-- What a judge or a person said of a comparison in one order of the two answers.
CREATE TABLE preferences (
    id VARCHAR NOT NULL,
    comparison VARCHAR NOT NULL,
    left_answer VARCHAR NOT NULL, -- key of the answer shown first, as A
    source VARCHAR NOT NULL, -- judge, reference, vote
    author VARCHAR NOT NULL, -- the judge's name, the metric's name, or the person
    prompt_hash VARCHAR NOT NULL, -- empty for people
    rubric_category VARCHAR,
    rubric_version INTEGER,
    outcome VARCHAR NOT NULL, -- ok; skip and undo (votes); or why there is no preference: truncated, malformed, …
    overall VARCHAR, -- left, right, tie, both_bad; NULL unless ok
    articulate VARCHAR,
    in_depth VARCHAR,
    comprehensive VARCHAR,
    reason VARCHAR, -- what the judge said first, or why there is no preference
    call_key VARCHAR, -- of the ledger's row, which holds the raw reply
    undoes VARCHAR, -- the id of the vote that this one takes back
    seconds DOUBLE,
    said_at TIMESTAMPTZ NOT NULL
);
