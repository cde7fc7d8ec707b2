-- What people and students said to each other. A conversation is its owner's alone.
CREATE TABLE conversations (
    id VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    lanes VARCHAR NOT NULL, -- JSON: the models side by side, {number: {"model", "leaf": the newest turn shown, or null}}
    settings VARCHAR NOT NULL, -- JSON: those of the newest question
    begun_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- A tree: asking again, another answer and a question that is edited are new turns below the same parent.
CREATE TABLE chat_turns (
    id VARCHAR NOT NULL,
    conversation VARCHAR NOT NULL,
    parent VARCHAR, -- NULL: the conversation begins here
    lane INTEGER NOT NULL,
    asked VARCHAR NOT NULL, -- the same for a question put to several models at once, and for their answers
    role VARCHAR NOT NULL, -- user, assistant
    content VARCHAR NOT NULL, -- as it was typed or written, to the last space
    state VARCHAR NOT NULL, -- writing, done, stopped, failed; a question is done
    about VARCHAR NOT NULL, -- JSON: who answered, and how
    said_at TIMESTAMPTZ NOT NULL
);
