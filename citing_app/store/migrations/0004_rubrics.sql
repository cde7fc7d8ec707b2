-- Rubrics are edited by people. A version is a row that is added, never changed; a category's name is a key in decisions
-- and rubrics, so it is retired and never changed. What people did to categories is appended here (docs/rubrics.md).

CREATE TABLE category_changes (
    kind VARCHAR NOT NULL, -- rename, merge, split, move
    source VARCHAR NOT NULL, -- retired by a rename and a merge
    source_version INTEGER NOT NULL, -- the source's newest rubric then
    target VARCHAR NOT NULL, -- made by a rename and a split, with a copy of the source's rubric as version 1
    members BIGINT NOT NULL, -- how many went from source to target
    changed_by VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE VIEW retired_categories AS
SELECT source AS name, target AS successor, kind, changed_by, changed_at
FROM category_changes WHERE kind IN ('rename', 'merge');

ALTER TABLE rubrics ADD COLUMN description VARCHAR; -- of the category, from this version on; NULL: as it was made

-- The rubric that a revision was written against; NULL where that is not known, as of an imported one.
ALTER TABLE revisions ADD COLUMN rubric_category VARCHAR;
ALTER TABLE revisions ADD COLUMN rubric_version INTEGER;

CREATE VIEW newest_rubrics AS
SELECT * FROM rubrics QUALIFY row_number() OVER (PARTITION BY category ORDER BY version DESC) = 1;

-- Items that wait with a revision written against other criteria than their category's newest. Criteria are compared,
-- not versions: a rename or a split copies them, and changes nothing that a teacher would do otherwise.
CREATE VIEW stale_items AS
SELECT items.id, items.category
FROM items
JOIN revisions v ON v.id = items.revision_id
JOIN rubrics written ON written.category = v.rubric_category AND written.version = v.rubric_version
JOIN newest_rubrics now ON now.category = items.category
WHERE items.state = 'waiting' AND written.criteria <> now.criteria;
