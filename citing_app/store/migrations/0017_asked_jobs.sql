-- Long work that was asked for and has not ended: an app that was killed begins it again.
CREATE TABLE asked_jobs (
    name VARCHAR NOT NULL, -- of the job
    title VARCHAR NOT NULL,
    asked VARCHAR NOT NULL, -- JSON: the request
    asked_at TIMESTAMPTZ NOT NULL
);
