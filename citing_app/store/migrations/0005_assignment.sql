-- A text is embedded once for each embedder, whatever instructions hold it: vectors are keyed by the sha256 of the text.
CREATE TABLE text_embeddings (
    text_hash VARCHAR NOT NULL,
    embedder VARCHAR NOT NULL,
    vector FLOAT[] NOT NULL
);
INSERT INTO text_embeddings
SELECT sha256(i.instruction), e.embedder, any_value(e.vector)
FROM embeddings e JOIN instructions i ON i.id = e.instruction_id
GROUP BY ALL ORDER BY min(e.rowid);
DROP TABLE embeddings;
ALTER TABLE text_embeddings RENAME TO embeddings;

ALTER TABLE assignments ADD COLUMN nearest VARCHAR; -- the most similar category, also where it lies below the floor

-- What a person set the floor to; appended, the newest counts. NULL: from the data.
CREATE TABLE floors (
    floor DOUBLE,
    author VARCHAR NOT NULL,
    set_at TIMESTAMPTZ NOT NULL
);

-- What the last assignment found: one row of JSON (workflows/assigning.py).
CREATE TABLE assignment_report (
    report VARCHAR NOT NULL
);
