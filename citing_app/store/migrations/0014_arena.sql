-- A person's blind session: pairs of answers laid out in advance, so that every model stands left as often as right.
CREATE TABLE arena_sessions (
    id VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    seed VARCHAR NOT NULL, -- with the person and the comparison it decides who stands on the left
    kind VARCHAR NOT NULL, -- of the answers: draft, self-revision
    reveals VARCHAR NOT NULL, -- when names are shown: end, each
    started_at TIMESTAMPTZ NOT NULL,
    revealed_at TIMESTAMPTZ -- from then on nothing is voted in it
);
CREATE TABLE arena_pairs (
    session VARCHAR NOT NULL,
    place INTEGER NOT NULL, -- from 1
    token VARCHAR NOT NULL, -- random: what the pair is called until the names are shown
    comparison VARCHAR NOT NULL,
    left_answer VARCHAR NOT NULL -- key
);
-- What a vote has beside its preference.
CREATE TABLE votes (
    preference VARCHAR NOT NULL, -- id
    session VARCHAR NOT NULL,
    seed VARCHAR NOT NULL
);
