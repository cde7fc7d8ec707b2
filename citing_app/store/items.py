"""Items: drafts with their revisions, and the queue of those that wait for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from citing_app.curriculum.diff import changed_share
from citing_app.curriculum.identity import exact_hash
from citing_app.store.database import Cursor
from citing_app.store.edits import criteria_of, edits_from_json
from citing_app.store.rubrics import criteria_from_json
from citing_app.types import Assignment, Instruction, Item, Pair, Revision, Rubric

OVERLAPPING = "(items.id * 7919) % 1000 < o.share * 1000"
"""Which items of a data set several people are wanted for: a share of them, spread evenly and always the same."""

_ITEM = """
WITH items AS MATERIALIZED (SELECT * FROM items {which})
SELECT items.id, items.version, items.state,
    i.id, i.hash, i.instruction, i.input, i.output, i.dataset, i.split,
    a.similarity, a.category, a.runner_up, a.runner_up_similarity,
    m.category, r.category, r.criteria, r.version, r.author,
    d.text, d.author, d.round,
    v.id, v.text, v.author, v.edits, o.others, items.slots, items.deciders,
    c.final_text, c.annotator, c.decided_at,
    v.rubric_category, v.rubric_version, coalesce(items.state = 'waiting' AND w.criteria <> r.criteria, false),
    v.rationale
FROM items
JOIN (SELECT * FROM instructions WHERE id IN (SELECT instruction_id FROM items)) i ON i.id = items.instruction_id
JOIN (SELECT * FROM drafts WHERE item_id IN (SELECT id FROM items)) d ON d.item_id = items.id
LEFT JOIN assignments a ON a.instruction_id = items.instruction_id
LEFT JOIN category_members m ON m.instruction_id = items.instruction_id
LEFT JOIN newest_rubrics r ON r.category = coalesce(m.category, a.category)
LEFT JOIN (SELECT * FROM revisions WHERE id IN (SELECT revision_id FROM items)) v ON v.id = items.revision_id
LEFT JOIN rubrics w ON w.category = v.rubric_category AND w.version = v.rubric_version
LEFT JOIN (
    SELECT item_id, list([newest.id::VARCHAR, text, newest.author, edits] ORDER BY newest.id) AS others FROM (
        SELECT * FROM revisions WHERE item_id IN (SELECT id FROM items)
        QUALIFY row_number() OVER (PARTITION BY item_id, author ORDER BY id DESC) = 1
    ) newest JOIN items ON items.id = item_id AND items.teacher <> newest.author GROUP BY item_id
) o ON o.item_id = items.id
LEFT JOIN (SELECT * FROM decisions WHERE id IN (SELECT decision_id FROM items)) c ON c.id = items.decision_id
ORDER BY items.place
"""
"""Items with all their texts. The tables of texts are narrowed to the few rows needed before they are joined: else
the planner reads whole columns of them for a handful of items (docs/desk.md)."""


def add_draft(cursor: Cursor, instruction: Instruction, text: str, author: str, drafted_in: int | None) -> int | None:
    """A new item in state `drafted` (or `held_out`, outside the train split); None where this draft is known."""
    value = exact_hash(instruction.hash, author, text)
    if cursor.execute("SELECT 1 FROM drafts WHERE hash = ?", [value]).fetchone():
        return None
    (item_id,) = _one(
        cursor.execute(
            "INSERT INTO drafts (hash, instruction_id, text, author, round, drafted_at) "
            "VALUES (?, ?, ?, ?, ?, now()) RETURNING item_id",
            [value, instruction.id, text, author, drafted_in],
        )
    )
    cursor.execute(
        "INSERT INTO items SELECT ?, i.id, CASE i.split WHEN 'train' THEN 'drafted' ELSE 'held_out' END, 1, "
        "NULL, NULL, ?, 1, [], NULL, coalesce(m.category, a.category), a.similarity, i.dataset, ?, ?, NULL, NULL, [] "
        "FROM instructions i LEFT JOIN category_members m ON m.instruction_id = i.id "
        "LEFT JOIN assignments a ON a.instruction_id = i.id WHERE i.id = ?",
        [item_id, float(item_id), author, drafted_in, instruction.id],
    )
    return int(item_id)


def show_revision(cursor: Cursor, item_id: int, revision_id: int) -> None:
    """Make this revision of the item the one it shows and is found by: a decision on it counts."""
    draft, text, author, edits = _one(
        cursor.execute(
            "SELECT d.text, v.text, v.author, v.edits FROM revisions v JOIN drafts d ON d.item_id = v.item_id "
            "WHERE v.id = ? AND v.item_id = ?",
            [revision_id, item_id],
        )
    )
    cursor.execute(
        "UPDATE items SET revision_id = ?, teacher = ?, edit_size = ?, criteria = ? WHERE id = ?",
        [revision_id, author, changed_share(draft, text), criteria_of(edits_from_json(edits)), item_id],
    )


def item_of_draft(cursor: Cursor, draft_hash: str) -> int:
    """The item that holds the draft with this hash; the caller knows that there is one."""
    return int(_one(cursor.execute("SELECT item_id FROM drafts WHERE hash = ?", [draft_hash]))[0])


def get(cursor: Cursor, item_id: int) -> Item | None:
    """One item, or None where there is no such item."""
    found = _items(cursor, "WHERE id = ?", [item_id])
    return found[0] if found else None


def get_many(cursor: Cursor, item_ids: Sequence[int]) -> list[Item]:
    """The items with these ids, in the order of the ids; one that is not there is left out."""
    found = {item.id: item for item in _items(cursor, "WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(item_ids)])}
    return [found[item_id] for item_id in item_ids if item_id in found]


def waiting(
    cursor: Cursor,
    limit: int,
    without: Sequence[int] = (),
    annotator: str | None = None,
    taken: Mapping[int, int] | None = None,
    among: Sequence[int] | None = None,
) -> list[Item]:
    """The next items of the queue, leaving out those with the ids `without`.

    For an `annotator`, also those that this person has decided, and those whose free slots others look at: `taken`
    says by item how many do. With `among`, only items with these ids.
    """
    taken = taken or {}
    only = "" if among is None else "AND id IN (SELECT unnest(?::BIGINT[])) "
    return _items(
        cursor,
        "WHERE id IN (SELECT id FROM items LEFT JOIN "
        "(SELECT unnest(?::BIGINT[]) AS item, unnest(?::INTEGER[]) AS people) taken ON taken.item = items.id "
        "WHERE state = 'waiting' AND id NOT IN (SELECT unnest(?::BIGINT[])) "
        f"AND NOT list_contains(deciders, coalesce(?, '')) AND slots - len(deciders) > coalesce(taken.people, 0) {only}"
        "ORDER BY place LIMIT ?)",
        [
            list(taken.keys()),
            list(taken.values()),
            list(without),
            annotator,
            *([] if among is None else [list(among)]),
            limit,
        ],
    )


def disputed(cursor: Cursor, limit: int, without: Sequence[int] = ()) -> list[Item]:
    """Items on which the people who were wanted disagree, leaving out those with the ids `without`."""
    return _items(
        cursor,
        "WHERE id IN (SELECT id FROM items WHERE state = 'disputed' "
        "AND id NOT IN (SELECT unnest(?::BIGINT[])) ORDER BY place LIMIT ?)",
        [list(without), limit],
    )


def unrevised(cursor: Cursor, item_ids: Sequence[int]) -> list[int]:
    """Those of the items that have no revision, or a stale one, oldest first."""
    rows = cursor.execute(
        "SELECT id FROM items WHERE id IN (SELECT unnest(?::BIGINT[])) "
        "AND (state = 'drafted' OR id IN (SELECT id FROM stale_items)) ORDER BY id",
        [list(item_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def drafted_by_students(cursor: Cursor) -> int:
    """How many drafts students wrote here, as against imported ones."""
    query = "SELECT count(*) FROM drafts WHERE author = 'base' OR round IS NOT NULL"
    return int(_one(cursor.execute(query))[0])


def accepted_pairs(
    cursor: Cursor, limit: int | None = None, among: Sequence[str] | None = None, learned: bool = False
) -> list[Pair]:
    """Accepted pairs of the train split in the order they were decided, only those that no round has learned.

    With `among`, only pairs of these decisions; with `learned`, those that a round has learned too.
    """
    which = "" if among is None else "AND c.id IN (SELECT unnest(?::VARCHAR[])) "
    which += "" if learned else "AND c.id NOT IN (SELECT decision_id FROM round_items) "
    rows = cursor.execute(
        "SELECT c.id, items.id, i.instruction, i.input, d.text, c.final_text, i.split, r.category, r.criteria, "
        "r.version, r.author FROM items JOIN decisions c ON c.id = items.decision_id "
        "JOIN instructions i ON i.id = items.instruction_id JOIN drafts d ON d.item_id = items.id "
        "LEFT JOIN rubrics r ON r.category = c.rubric_category AND r.version = c.rubric_version "
        f"WHERE items.state = 'accepted' AND i.split = 'train' {which}ORDER BY c.number LIMIT ?",
        [*([] if among is None else [list(among)]), limit if limit is not None else 2**62],
    ).fetchall()
    return [_pair(row) for row in rows]


def count_untrained(cursor: Cursor) -> int:
    """How many accepted pairs of the train split no round has learned."""
    found = cursor.execute(
        "SELECT count(*) FROM items JOIN instructions i ON i.id = items.instruction_id WHERE items.state = 'accepted' "
        "AND i.split = 'train' AND items.decision_id NOT IN (SELECT decision_id FROM round_items)"
    )
    return int(_one(found)[0])


def accepted_decisions(cursor: Cursor, item_ids: Sequence[int]) -> list[str]:
    """The decisions by which those of the items that are accepted were, in the order they were made."""
    rows = cursor.execute(
        "SELECT c.id FROM items JOIN decisions c ON c.id = items.decision_id "
        "WHERE items.state = 'accepted' AND items.id IN (SELECT unnest(?::BIGINT[])) ORDER BY c.number",
        [list(item_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def of_author(cursor: Cursor, author: str, instruction_ids: Sequence[int]) -> list[int]:
    """The newest item of each of these instructions that this draft author wrote, in the order of the queue."""
    rows = cursor.execute(
        "SELECT max(item_id) AS id FROM drafts WHERE author = ? AND instruction_id IN (SELECT unnest(?::BIGINT[])) "
        "GROUP BY instruction_id ORDER BY id",
        [author, list(instruction_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def held_out_pairs(cursor: Cursor, limit: int, without: Sequence[str] = ()) -> list[Pair]:
    """Imported pairs of the validation split, but those of the instructions (hashes) `without`.

    A round's held-out loss is taken on them beside the answers.
    """
    rows = cursor.execute(
        "SELECT '', items.id, i.instruction, i.input, d.text, v.text, i.split, NULL, NULL, NULL, NULL FROM items "
        "JOIN revisions v ON v.id = items.revision_id JOIN instructions i ON i.id = items.instruction_id "
        "JOIN drafts d ON d.item_id = items.id WHERE i.split = 'validation' "
        "AND i.hash NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY i.hash LIMIT ?",
        [list(without), limit],
    ).fetchall()
    return [_pair(row) for row in rows]


def _items(cursor: Cursor, which: str, values: list[Any]) -> list[Item]:
    """The items that the condition `which` chooses, in the order of the queue."""
    return [_item(row) for row in cursor.execute(_ITEM.format(which=which), values).fetchall()]


def _item(row: tuple) -> Item:  # type: ignore[type-arg]
    (item_id, version, state, *instruction), rest = row[:10], row[10:]
    similarity, category, runner_up, runner_up_similarity = rest[:4]
    sorted_category, rubric_category, criteria, rubric_version, rubric_author = rest[4:9]
    draft, draft_author, draft_round, revision_id, revision, revision_author, edits, others = rest[9:17]
    slots, deciders, final_text, annotator, decided_at, written_category, written_version, is_stale = rest[17:25]
    return Item(
        id=item_id,
        version=version,
        state=state,
        instruction=Instruction(*instruction),
        assignment=None if similarity is None else Assignment(category, similarity, runner_up, runner_up_similarity),
        sorted_category=sorted_category,
        rubric=None if criteria is None else _rubric(rubric_category, criteria, rubric_version, rubric_author),
        draft=draft,
        draft_author=draft_author,
        draft_round=draft_round,
        revision_id=revision_id,
        revision=revision,
        revision_author=revision_author,
        edits=edits_from_json(edits),
        others=tuple(Revision(int(one[0]), one[1], one[2], edits_from_json(one[3])) for one in others or ()),
        slots=slots,
        deciders=tuple(deciders),
        final_text=final_text,
        decided_by=annotator,
        decided_at=decided_at,
        written_against=None if written_category is None else (written_category, written_version),
        is_stale=is_stale,
        rationale=json.loads(rest[25]) if rest[25] else {},
    )


def _pair(row: tuple) -> Pair:  # type: ignore[type-arg]
    decision_id, item_id, instruction, input, draft, revision, split, category, criteria, version, author = row
    rubric = None if criteria is None else _rubric(category, criteria, version, author)
    return Pair(decision_id, item_id, instruction, input, draft, revision, rubric, split)


def _rubric(category: str, criteria: str, version: int, author: str) -> Rubric:
    return Rubric(category, criteria_from_json(criteria), version, author)


def _one(cursor: Cursor) -> tuple:  # type: ignore[type-arg]
    row = cursor.fetchone()
    assert row is not None
    return row
