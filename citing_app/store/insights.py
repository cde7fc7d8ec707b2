"""What the standing decisions say: figures by group, agreement, disagreements, and how many people are wanted."""

from __future__ import annotations

from typing import Any, Literal

from citing_app.method.agreement import Rating
from citing_app.store.database import Cursor
from citing_app.store.decisions import BY_RULE
from citing_app.store.items import OVERLAPPING

Group = Literal["category", "criterion", "teacher", "annotator"]
_MOST_GROUPS = 200
_PREVIEW = 160
_NAMES: dict[Group, str] = {
    "category": "coalesce(items.category, '')",
    "criterion": "unnest(items.criteria)",
    "teacher": "(SELECT r.author FROM revisions r WHERE r.id = v.revision_id)",
    "annotator": "v.annotator",
}
_VERDICT = """
        CASE
            WHEN c.kind = 'reject' THEN 'reject'
            WHEN c.kind = 'accept' AND coalesce(c.changed, 0) = 0 THEN 'accept'
            ELSE 'edit'
        END
"""
_VERDICTS = f"""
WITH verdicts AS (
    SELECT
        c.number, c.item_id, c.revision_id, c.annotator, c.changed,
        coalesce(c.batch, '') LIKE '{BY_RULE}%' AS by_rule,
        {_VERDICT} AS verdict,
        CASE WHEN c.batch IS NULL THEN c.seconds END AS seconds -- nobody looked at the items of a batch one by one
    FROM decisions c
    WHERE c.kind IN ('accept', 'edit', 'reject')
        AND c.id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
)
"""
_BLIND = f"""
WITH verdicts AS (
    SELECT c.number, c.item_id, c.revision_id, c.annotator, items.slots, u.number AS until, {_VERDICT} AS verdict
    FROM decisions c JOIN items ON items.id = c.item_id LEFT JOIN decisions u ON u.undoes = c.id
    WHERE items.slots > 1 AND c.kind IN ('accept', 'edit', 'reject')
),
complete AS (
    SELECT a.item_id, a.number FROM verdicts a JOIN verdicts b
        ON b.item_id = a.item_id AND b.number <= a.number AND (b.until IS NULL OR b.until > a.number)
    GROUP BY a.item_id, a.number, a.slots HAVING count(DISTINCT b.annotator) >= a.slots
),
first AS (SELECT item_id, min(number) AS number FROM complete GROUP BY item_id)
SELECT annotator, revision_id, arg_max(verdict, v.number) FROM verdicts v JOIN first
    ON first.item_id = v.item_id AND v.number <= first.number AND (v.until IS NULL OR v.until > first.number)
GROUP BY annotator, revision_id QUALIFY count(*) OVER (PARTITION BY revision_id) > 1
ORDER BY revision_id, annotator
"""


def figures(cursor: Cursor, by: Group | None) -> list[dict[str, Any]]:
    """The verdicts of each group, the largest first; of all together with `by` None. A rule's are not people's.

    `n` verdicts are of kind `accept` (as it is), `edit` (accepted changed) or `reject`. `edit_size` is the mean share
    that the teacher changed, `changed` the mean share that people changed in what they edited, `seconds` the median of
    the `timed` decisions; each is None where there is nothing to take it of. Category "" means none.
    """
    name = "''" if by is None else _NAMES[by]
    found = cursor.execute(
        f"{_VERDICTS}, named AS (SELECT {name} AS name, v.*, "
        "CASE WHEN items.revision_id = v.revision_id THEN items.edit_size END AS edit_size "
        "FROM verdicts v JOIN items ON items.id = v.item_id WHERE NOT v.by_rule) "
        "SELECT name, count(*) AS n, count(*) FILTER (verdict = 'accept') AS accept, "
        "count(*) FILTER (verdict = 'edit') AS edit, count(*) FILTER (verdict = 'reject') AS reject, "
        "avg(edit_size) AS edit_size, avg(changed) FILTER (verdict = 'edit') AS changed, "
        f"median(seconds) AS seconds, count(seconds) AS timed FROM named GROUP BY name "
        f"ORDER BY n DESC, name LIMIT {_MOST_GROUPS}"
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def preferences(cursor: Cursor) -> list[dict[str, Any]]:
    """Of each teacher, how often its revision was the one taken (`preferred`) of `n` that stood beside another's.

    Taken is accepted or edited; an item of which every revision was rejected prefers nobody.
    """
    rows = cursor.execute(
        f"{_VERDICTS}, taken AS (SELECT * FROM verdicts WHERE verdict <> 'reject' AND NOT by_rule), "
        "rivals AS (SELECT item_id, author, max(id) AS id FROM revisions WHERE item_id IN (SELECT item_id FROM taken) "
        "GROUP BY item_id, author QUALIFY count(*) OVER (PARTITION BY item_id) > 1) "
        "SELECT r.author, count(*) AS n, count(*) FILTER (v.author = r.author) AS preferred FROM taken "
        "JOIN revisions v ON v.id = taken.revision_id JOIN rivals r ON r.item_id = taken.item_id "
        f"GROUP BY r.author ORDER BY n DESC, r.author LIMIT {_MOST_GROUPS}"
    ).fetchall()
    return [dict(zip(("teacher", "n", "preferred"), row, strict=True)) for row in rows]


def ratings(cursor: Cursor) -> list[Rating]:
    """The verdicts on every revision that several people decided without knowing of each other.

    They are those that stood when an item first had as many as people were wanted: from then on everybody sees what
    the others said, and whoever settles or changes their mind knows it.
    """
    return cursor.execute(_BLIND).fetchall()


def disagreements(cursor: Cursor, limit: int) -> list[dict[str, Any]]:
    """The newest disputed items, each with who said what."""
    rows = cursor.execute(
        f"{_VERDICTS} SELECT items.id, left(any_value(i.instruction), {_PREVIEW}), "
        "list({'annotator': v.annotator, 'verdict': v.verdict} ORDER BY v.number) FROM items "
        "JOIN verdicts v ON v.item_id = items.id JOIN instructions i ON i.id = items.instruction_id "
        "WHERE items.state = 'disputed' GROUP BY items.id, items.decided_at "
        "ORDER BY items.decided_at DESC, items.id LIMIT ?",
        [limit],
    ).fetchall()
    return [{"item": row[0], "instruction": row[1], "verdicts": row[2]} for row in rows]


def overlaps(cursor: Cursor) -> list[dict[str, Any]]:
    """Every data set with the share of its items that several people are wanted for, and how many people.

    `waiting` counts its items that wait, `several` those of them that several people are wanted for.
    """
    rows = cursor.execute(
        "SELECT d.dataset, coalesce(o.share, 0), coalesce(o.slots, 1), coalesce(n.waiting, 0), coalesce(n.several, 0) "
        "FROM (SELECT DISTINCT dataset FROM instructions) d LEFT JOIN overlap_shares o ON o.dataset = d.dataset "
        "LEFT JOIN (SELECT dataset, count(*) AS waiting, count(*) FILTER (slots > 1) AS several FROM items "
        "WHERE state = 'waiting' GROUP BY dataset) n ON n.dataset = d.dataset ORDER BY d.dataset"
    ).fetchall()
    return [dict(zip(("dataset", "share", "slots", "waiting", "several"), row, strict=True)) for row in rows]


def set_overlap(cursor: Cursor, dataset: str, share: float, slots: int) -> None:
    """Want so many people for a share of the data set, from now on and for what waits and nobody has decided."""
    cursor.execute("DELETE FROM overlap_shares WHERE dataset = ?", [dataset])
    if share and slots > 1:
        cursor.execute("INSERT INTO overlap_shares (dataset, share, slots) VALUES (?, ?, ?)", [dataset, share, slots])
    cursor.execute(
        "UPDATE items SET slots = coalesce((SELECT o.slots FROM overlap_shares o WHERE o.dataset = items.dataset "
        f"AND {OVERLAPPING}), 1) WHERE dataset = ? AND state = 'waiting' AND len(deciders) = 0",
        [dataset],
    )
