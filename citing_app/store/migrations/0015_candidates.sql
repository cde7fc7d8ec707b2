-- Texts that a model was asked for again and again, to learn the best of them, and what each is worth. As answers and
-- figures, both are added once and never changed or deleted.

-- One row for each text. The key is the sha256 of all that made it: model, instruction, prompt, decoding, seed and number.
CREATE TABLE candidates (
    key VARCHAR NOT NULL,
    model VARCHAR NOT NULL, -- the sha256 of student and adapter, as in models
    adapter_hash VARCHAR, -- NULL for the base model
    instruction_hash VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    decoding VARCHAR NOT NULL, -- as `temperature 0.85, at most 160 tokens`
    seed BIGINT NOT NULL, -- of the sampling
    number INTEGER NOT NULL, -- from 1: the candidates of one instruction and sampling
    text VARCHAR NOT NULL, -- without thoughts; empty where there was nothing else
    is_cut BOOLEAN NOT NULL, -- it did not end by itself
    written_at TIMESTAMPTZ NOT NULL
);

-- One value for each candidate and reward; what was set aside has none.
CREATE TABLE scores (
    candidate VARCHAR NOT NULL, -- key
    reward VARCHAR NOT NULL, -- `reference`, or the number of the round that says it
    basis VARCHAR NOT NULL, -- what the value depends on besides the text: a hash of the accepted answers, or of adapters
    value DOUBLE NOT NULL,
    scored_at TIMESTAMPTZ NOT NULL
);
