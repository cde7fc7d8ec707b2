-- Adapters can be named.
ALTER TABLE rounds ADD COLUMN name VARCHAR;
