"""An item's present state, and the columns of items that the desk filters by.

They follow from other tables (decisions, assignments, revisions) and are written in the same transaction as these, so
that a page of a million items is a scan of a few narrow columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.method.diff import changed_share
from citing_app.method.verdicts import Outcome
from citing_app.store.database import Cursor, one
from citing_app.types import Item, ItemState

WAITS = (
    "state = 'waiting' AND NOT list_contains(deciders, $person) "
    "AND (list_contains(sent_to, $person) OR slots - len(deciders) > len(sent_to))"
)
"""Whether an item waits for `$person`: what was sent back to others waits for them alone."""


def counts(cursor: Cursor) -> dict[ItemState, int]:
    """How many items are in each state."""
    found = dict(cursor.execute("SELECT state, count(*) FROM items GROUP BY state").fetchall())
    states: tuple[ItemState, ...] = ("drafted", "waiting", "disputed", "accepted", "rejected", "held_out")
    return {state: found.get(state, 0) for state in states}


def count_among(cursor: Cursor, item_ids: Sequence[int]) -> dict[str, int]:
    """How many of these items are in each state that one of them is in."""
    return dict(
        cursor.execute(
            "SELECT state, count(*) FROM items WHERE id IN (SELECT unnest(?::BIGINT[])) GROUP BY state",
            [list(item_ids)],
        ).fetchall()
    )


def set_outcome(cursor: Cursor, item: Item, now: Outcome) -> None:
    """Write the item as its standing decisions leave it, in the transaction that holds them.

    Of one item: the rule itself is method/verdicts.py, so that a decision computes from what it has read.
    """
    cursor.execute(
        "UPDATE items SET version = ?, state = ?, decision_id = ?, deciders = ?, decided_at = ?, sent_to = ? "
        "WHERE id = ?",
        [
            item.version,
            item.state,
            now.counts and now.counts.id,
            list(now.deciders),
            now.decided_at,
            list(item.sent_to),
            item.id,
        ],
    )


def set_place(cursor: Cursor, item_id: int, place: float) -> None:
    cursor.execute("UPDATE items SET place = ? WHERE id = ?", [place, item_id])


def set_slots(cursor: Cursor, item_id: int, slots: int) -> None:
    cursor.execute("UPDATE items SET slots = ? WHERE id = ?", [slots, item_id])


def set_criteria(cursor: Cursor, item_id: int, criteria: Sequence[str]) -> None:
    """Write which criteria the item's edits serve, once a person has corrected them."""
    cursor.execute("UPDATE items SET criteria = ? WHERE id = ?", [list(criteria), item_id])


def waiting_among(cursor: Cursor, item_ids: Sequence[int], annotator: str) -> list[int]:
    """Those of the items that wait for this person, not for others alone, in the order of the queue."""
    rows = cursor.execute(
        f"SELECT id FROM items WHERE {WAITS} AND id IN (SELECT unnest($ids::BIGINT[])) ORDER BY place",
        {"person": annotator, "ids": list(item_ids)},
    ).fetchall()
    return [row[0] for row in rows]


def last_place(cursor: Cursor) -> float:
    return float(one(cursor.execute("SELECT coalesce(max(place), 0) FROM items"))[0])


def first_place(cursor: Cursor) -> float:
    return float(one(cursor.execute("SELECT coalesce(min(place), 0) FROM items"))[0])


def refresh_categories(cursor: Cursor) -> None:
    """Bring the items' categories and similarities to what members and assignments now say."""
    cursor.execute(
        "UPDATE items SET category = now.category, similarity = now.similarity FROM "
        "(SELECT i.id, coalesce(m.category, a.category) AS category, a.similarity FROM instructions i "
        "LEFT JOIN category_members m ON m.instruction_id = i.id "
        "LEFT JOIN assignments a ON a.instruction_id = i.id) now "
        "WHERE now.id = items.instruction_id AND (items.category IS DISTINCT FROM now.category "
        "OR items.similarity IS DISTINCT FROM now.similarity)"
    )


def measure_edits(cursor: Cursor) -> None:
    """Measure the edit sizes that a store from before this column lacks."""
    rows = cursor.execute(
        "SELECT items.id, d.text, v.text FROM items JOIN drafts d ON d.item_id = items.id "
        "JOIN revisions v ON v.id = items.revision_id WHERE items.edit_size IS NULL"
    ).fetchall()
    cursor.execute(
        "UPDATE items SET edit_size = new.size FROM "
        "(SELECT unnest(?::BIGINT[]) AS id, unnest(?::FLOAT[]) AS size) new WHERE new.id = items.id",
        [[row[0] for row in rows], [changed_share(row[1], row[2]) for row in rows]],
    )


def rebuild_states(cursor: Cursor, item_ids: Sequence[int] | None = None) -> int:
    """Bring these items' states (all by default) back to what the decisions say; the number of rows that differed.

    Of many items at once: the rule is the view `item_states` (migrations/0002_desk.sql), the other body of
    method/verdicts.py. Change both; tests/workflows/desk/test_one_rule.py holds them against each other.
    """
    among = "" if item_ids is None else "AND items.id IN (SELECT unnest($ids::BIGINT[])) "
    states = "SELECT item_states.*, coalesce(people, []) AS sent_to FROM item_states LEFT JOIN sent_back USING (id)"
    differing = (
        f"FROM ({states}) s "
        f"WHERE s.id = items.id {among}AND (s.state <> items.state OR s.deciders <> items.deciders "
        "OR s.sent_to <> items.sent_to OR s.decision_id IS DISTINCT FROM items.decision_id)"
    )
    values = {} if item_ids is None else {"ids": list(item_ids)}
    (wrong,) = one(cursor.execute(f"SELECT count(*) FROM items WHERE EXISTS (SELECT 1 {differing})", values))
    if wrong:
        cursor.execute(
            "UPDATE items SET state = s.state, decision_id = s.decision_id, deciders = s.deciders, "
            "decided_at = s.decided_at, sent_to = s.sent_to, "
            f"version = version + (s.state <> items.state)::INTEGER {differing}",
            values,
        )
    return int(wrong)
