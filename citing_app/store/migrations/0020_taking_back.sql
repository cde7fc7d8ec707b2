-- What an import brought to instructions that were there already, so that taking it back undoes just that.
ALTER TABLE instructions ADD COLUMN answer_import_id BIGINT; -- the import that filled an empty reference answer
ALTER TABLE drafts ADD COLUMN import_id BIGINT;
ALTER TABLE accepted_answers ADD COLUMN import_id BIGINT;
ALTER TABLE category_members ADD COLUMN import_id BIGINT;

-- A row as it was before an import replaced it by its id.
CREATE TABLE replaced_rows (
    import_id BIGINT NOT NULL,
    instruction_id BIGINT NOT NULL,
    was VARCHAR NOT NULL -- JSON: the columns of instructions that were replaced
);

-- What people did to data sets, as the journal of imports has it. Only added to.
CREATE TABLE data_changes (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, -- import, take back, rename, delete
    detail VARCHAR NOT NULL, -- JSON
    changed_by VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
