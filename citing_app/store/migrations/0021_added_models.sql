-- Teachers that were added while the app ran; those that it is started with are in no table. A key is in neither table.
CREATE TABLE added_models (
    name VARCHAR NOT NULL, -- here: revisions, prices and calls carry it
    model VARCHAR NOT NULL, -- at its server
    provider VARCHAR NOT NULL, -- the ready-made entry
    url VARCHAR NOT NULL,
    judges BOOLEAN NOT NULL,
    author VARCHAR NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
);

-- How teachers and judges are asked, by name, those that the app is started with too; the newest row counts.
CREATE TABLE model_settings (
    name VARCHAR NOT NULL,
    settings VARCHAR NOT NULL, -- JSON
    author VARCHAR NOT NULL,
    set_at TIMESTAMPTZ NOT NULL
);
