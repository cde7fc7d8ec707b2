-- What people bring: which import a row came with, what it was called there, and the conversation before the question.

-- A batch of rows that came at once. It can be taken back as long as nothing of it was decided or learned.
CREATE TABLE imports (
    id BIGINT NOT NULL,
    file VARCHAR NOT NULL, -- its name, without a path
    dataset VARCHAR NOT NULL,
    report VARCHAR NOT NULL, -- JSON: the counts of the report
    imported_by VARCHAR NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    taken_back_at TIMESTAMPTZ
);

ALTER TABLE instructions ADD COLUMN turns VARCHAR; -- JSON: [{"role", "content"}] before the instruction; NULL: none
ALTER TABLE instructions ADD COLUMN row_id VARCHAR; -- the `id` column of the row; NULL: it had none
ALTER TABLE instructions ADD COLUMN metadata VARCHAR; -- JSON: the row's other columns by name; NULL: none
ALTER TABLE instructions ADD COLUMN import_id BIGINT; -- NULL: drafted or imported before imports were kept
