-- A race: kinds of round side by side under one budget. Each of its runs is a curriculum of its own, which no list of
-- curricula shows.
CREATE TABLE races (
    id INTEGER NOT NULL,
    settings VARCHAR NOT NULL, -- JSON: what a person chose
    state VARCHAR NOT NULL, -- running, paused, finished, cancelled
    reason VARCHAR, -- why it paused by itself
    started_by VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE race_runs (
    race INTEGER NOT NULL,
    method VARCHAR NOT NULL, -- a kind of round
    learning_rate DOUBLE NOT NULL,
    seed BIGINT NOT NULL,
    curriculum INTEGER NOT NULL
);

-- What a race has found beside what its runs made, each once: the instructions, the best learning rate of a method, what
-- was measured and judged.
CREATE TABLE race_findings (
    race INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    detail VARCHAR NOT NULL, -- JSON
    found_at TIMESTAMPTZ NOT NULL
);
