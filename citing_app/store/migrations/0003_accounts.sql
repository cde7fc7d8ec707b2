-- Accounts are for a team; a studio without any is one person's on one machine.
CREATE TABLE accounts (
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL, -- annotator, owner
    password_hash VARCHAR NOT NULL, -- argon2id, with its parameters and salt
    created_at TIMESTAMPTZ NOT NULL
);

-- Of a login's token only the sha256 is kept: who reads this table cannot log in with it.
CREATE TABLE logins (
    token_hash VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
