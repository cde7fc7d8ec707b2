-- A curriculum is the whole algorithm on its way: rounds, each of them stages. It is found again after a restart.

CREATE TABLE curricula (
    id INTEGER NOT NULL,
    settings VARCHAR NOT NULL, -- JSON: what a person chose
    state VARCHAR NOT NULL, -- running, paused, finished, cancelled
    reason VARCHAR, -- why it paused by itself
    started_by VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE curriculum_stages (
    curriculum INTEGER NOT NULL,
    round INTEGER NOT NULL, -- its place in the curriculum; 0 is SFT
    stage VARCHAR NOT NULL, -- sample, draft, revise, decide, train, evaluate
    is_done BOOLEAN NOT NULL,
    detail VARCHAR NOT NULL, -- JSON: what it found and made
    began_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
