-- A run in which a teacher makes categories and rubrics for a data set. What it looks at is fixed when it starts, so
-- that going on after a crash asks the very same questions, whose answers the ledger holds.
CREATE TABLE inductions (
    id VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    teacher VARCHAR NOT NULL,
    most INTEGER NOT NULL, -- categories
    sample BIGINT[] NOT NULL, -- instructions from which categories are proposed
    to_sort BIGINT[] NOT NULL, -- instructions without a category when the run started
    known VARCHAR NOT NULL, -- JSON: {name: description} of the categories that were there
    author VARCHAR NOT NULL, -- who started it
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ, -- NULL: it can go on
    unsorted BIGINT[] -- what the teacher found no category for; NULL until it has ended
);
