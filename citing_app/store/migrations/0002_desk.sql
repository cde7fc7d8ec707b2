-- What the desk filters, sorts and counts by becomes a column of items, written in the same transaction as the row it
-- comes from: one page out of a million items is then one scan of a few narrow columns, without a join.

DROP VIEW item_states;

CREATE TABLE desk_items (
    id BIGINT NOT NULL,
    instruction_id BIGINT NOT NULL,
    state VARCHAR NOT NULL, -- drafted, waiting, disputed, accepted, rejected, held_out
    version INTEGER NOT NULL, -- counts revisions and changes of state
    revision_id BIGINT, -- the newest
    decision_id VARCHAR, -- the one that counts; NULL unless accepted or rejected
    place DOUBLE NOT NULL, -- order in the queue
    slots INTEGER NOT NULL, -- how many people are wanted for it
    deciders VARCHAR[] NOT NULL, -- whose verdicts stand
    decided_at TIMESTAMPTZ, -- the newest standing verdict
    category VARCHAR, -- sorted or assigned; NULL: no rubric matches, or not assigned yet
    similarity FLOAT, -- of the assignment
    dataset VARCHAR NOT NULL,
    author VARCHAR NOT NULL, -- of the draft
    round INTEGER,
    teacher VARCHAR, -- author of the newest revision
    edit_size FLOAT, -- share of the draft that the newest revision changes
    criteria VARCHAR[] NOT NULL -- that the newest revision's edits serve
);
INSERT INTO desk_items
SELECT
    items.id, items.instruction_id, items.state, items.version, items.revision_id,
    CASE WHEN items.state IN ('accepted', 'rejected') THEN items.decision_id END,
    items.place, 1,
    CASE WHEN items.state IN ('accepted', 'rejected') THEN [c.annotator] ELSE [] END,
    CASE WHEN items.state IN ('accepted', 'rejected') THEN c.decided_at END,
    coalesce(m.category, a.category), a.similarity, i.dataset, d.author, d.round,
    v.author, NULL, -- edit sizes are measured when the store is opened
    coalesce(list_distinct(json_extract_string(v.edits, '$[*].criterion')), [])
FROM items
JOIN instructions i ON i.id = items.instruction_id
JOIN drafts d ON d.item_id = items.id
LEFT JOIN category_members m ON m.instruction_id = i.id
LEFT JOIN assignments a ON a.instruction_id = i.id
LEFT JOIN revisions v ON v.id = items.revision_id
LEFT JOIN decisions c ON c.id = items.decision_id
ORDER BY items.id;
DROP TABLE items;
ALTER TABLE desk_items RENAME TO items;

CREATE TABLE desk_decisions (
    number BIGINT NOT NULL DEFAULT nextval('decision_numbers'),
    id VARCHAR NOT NULL UNIQUE,
    request_id VARCHAR NOT NULL UNIQUE,
    item_id BIGINT NOT NULL,
    revision_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL, -- accept, edit, reject, skip, undo
    final_text VARCHAR,
    kept_hunks VARCHAR, -- JSON: [hunk number]; NULL: all
    rubric_category VARCHAR,
    rubric_version INTEGER,
    annotator VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    undoes VARCHAR,
    batch VARCHAR,
    settles BOOLEAN NOT NULL, -- made on a disputed item: it counts, whatever the others said
    criteria VARCHAR, -- JSON: {hunk number: criterion} where the person corrected the teacher
    changed FLOAT, -- share of the revision that the final text changes
    seconds FLOAT -- how long the person looked
);
INSERT INTO desk_decisions
SELECT number, id, request_id, item_id, revision_id, version, kind, final_text, kept_hunks, rubric_category,
    rubric_version, annotator, decided_at, undoes, batch, false, NULL, CASE kind WHEN 'accept' THEN 0 END, NULL
FROM decisions ORDER BY number;
DROP TABLE decisions;
ALTER TABLE desk_decisions RENAME TO decisions;

-- How many people are wanted for a share of a data set's items; one person for the rest.
CREATE TABLE overlap_shares (
    dataset VARCHAR NOT NULL,
    share FLOAT NOT NULL,
    slots INTEGER NOT NULL
);

-- The state that the decisions alone give: what many items at once are brought to (store/states.py, rebuild_states).
-- The rule has another body for one decision, method/verdicts.py. A change of it is a new migration and a change there;
-- tests/workflows/desk/test_one_rule.py holds both against each other.
CREATE VIEW item_states AS
WITH undone AS (SELECT undoes FROM decisions WHERE undoes IS NOT NULL),
verdicts AS (
    SELECT * FROM decisions
    WHERE kind IN ('accept', 'edit', 'reject') AND id NOT IN (SELECT undoes FROM undone)
),
stands AS (
    SELECT
        item_id,
        count(*) AS filled,
        count(DISTINCT coalesce('=' || final_text, '')) AS answers,
        coalesce(arg_max(id, number) FILTER (settles), arg_max(id, number)) AS decision_id,
        coalesce(arg_max(kind, number) FILTER (settles), arg_max(kind, number)) AS kind,
        bool_or(settles) AS settled,
        max(decided_at) AS decided_at,
        list(DISTINCT annotator ORDER BY annotator) AS deciders
    FROM verdicts GROUP BY item_id
),
judged AS (
    SELECT
        items.id,
        CASE
            WHEN stands.settled OR (stands.filled >= items.slots AND stands.answers = 1)
                THEN CASE stands.kind WHEN 'reject' THEN 'rejected' ELSE 'accepted' END
            WHEN stands.filled >= items.slots THEN 'disputed'
            WHEN instructions.split <> 'train' THEN 'held_out'
            WHEN items.revision_id IS NULL THEN 'drafted'
            ELSE 'waiting'
        END AS state,
        stands.decision_id, stands.decided_at, coalesce(stands.deciders, []) AS deciders
    FROM items
    JOIN instructions ON instructions.id = items.instruction_id
    LEFT JOIN stands ON stands.item_id = items.id
)
SELECT id, state, CASE WHEN state IN ('accepted', 'rejected') THEN decision_id END AS decision_id, decided_at, deciders
FROM judged;
