-- Why people decided as they did, and what an owner sent back to whoever decided it.

ALTER TABLE decisions ADD COLUMN note VARCHAR; -- NULL: nobody said why

-- To whom the item was sent back, as long as they have not decided it anew; it waits for them alone.
ALTER TABLE items ADD COLUMN sent_to VARCHAR[] DEFAULT [];

-- An undo by another person than the one who decided sends the item back to that one, until they decide or skip it.
-- Its other body, for one item, is sent_back_to in method/verdicts.py.
CREATE VIEW sent_back AS
WITH sent AS (
    SELECT d.item_id, d.annotator, u.number
    FROM decisions u JOIN decisions d ON d.id = u.undoes
    WHERE u.kind = 'undo' AND d.annotator <> u.annotator
),
answered AS (
    SELECT sent.item_id, sent.annotator, sent.number
    FROM sent JOIN decisions c ON c.item_id = sent.item_id AND c.annotator = sent.annotator
    WHERE c.number > sent.number AND c.kind <> 'undo'
        AND c.id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
)
SELECT item_id AS id, list(DISTINCT annotator ORDER BY annotator) AS people
FROM sent ANTI JOIN answered USING (item_id, annotator, number)
GROUP BY item_id;

-- A change of white space alone counts as one now: sizes of nothing are measured again when the store is opened.
UPDATE items SET edit_size = NULL WHERE edit_size = 0;
