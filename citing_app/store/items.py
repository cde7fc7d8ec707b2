"""Items: drafts with their revisions, and the queue of those that wait for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from citing_app.method.diff import changed_share
from citing_app.method.identity import exact_hash
from citing_app.store.database import Cursor, one
from citing_app.store.edits import criteria_of, edits_from_json
from citing_app.store.instructions import instruction_of
from citing_app.store.rubrics import criteria_from_json
from citing_app.store.states import WAITS
from citing_app.store.student_choices import WROTE_DRAFT
from citing_app.types import Assignment, Instruction, Item, Revision, Rubric

OVERLAPPING = "(items.id * 7919) % 1000 < o.share * 1000"
"""Which items of a data set several people are wanted for: a share of them, spread evenly and always the same."""

_ITEM = """
WITH items AS MATERIALIZED (SELECT * FROM items {which})
SELECT items.id, items.version, items.state,
    i.id, i.hash, i.instruction, i.input, i.output, i.dataset, i.split, i.turns,
    a.similarity, a.category, a.runner_up, a.runner_up_similarity,
    m.category, r.category, r.criteria, r.version, r.author,
    d.text, d.author, d.round,
    v.id, v.text, v.author, v.edits, o.others, items.slots, items.deciders,
    c.final_text, c.annotator, c.decided_at,
    v.rubric_category, v.rubric_version, coalesce(w.criteria <> r.criteria, false),
    v.rationale, items.sent_to
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
    """A new item in state `drafted` (or `held_out`, outside the train split); None where this draft is known.

    None, too, where the instruction has gone since it was read.
    """
    value = exact_hash(instruction.hash, author, text)
    if cursor.execute("SELECT 1 FROM drafts WHERE hash = ?", [value]).fetchone():
        return None
    if not cursor.execute("SELECT 1 FROM instructions WHERE id = ?", [instruction.id]).fetchone():
        return None
    (item_id,) = one(
        cursor.execute(
            "INSERT INTO drafts (hash, instruction_id, text, author, round, drafted_at) "
            "VALUES (?, ?, ?, ?, ?, now()) RETURNING item_id",
            [value, instruction.id, text, author, drafted_in],
        )
    )
    cursor.execute(
        "INSERT INTO items (id, instruction_id, state, version, place, slots, deciders, category, similarity, dataset, "
        "author, round, criteria) "
        "SELECT ?, i.id, CASE i.split WHEN 'train' THEN 'drafted' ELSE 'held_out' END, 1, "
        "?, 1, [], coalesce(m.category, a.category), a.similarity, i.dataset, ?, ?, [] "
        "FROM instructions i LEFT JOIN category_members m ON m.instruction_id = i.id "
        "LEFT JOIN assignments a ON a.instruction_id = i.id WHERE i.id = ?",
        [item_id, float(item_id), author, drafted_in, instruction.id],
    )
    return int(item_id)


def show_revision(cursor: Cursor, item_id: int, revision_id: int) -> None:
    """Make this revision of the item the one it shows and is found by: a decision on it counts."""
    draft, text, author, edits = one(
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


def showing(cursor: Cursor, item: Item, revision_id: int) -> Item:
    """The item as it is once it shows this revision of it; only its revisions are read."""
    rows = cursor.execute(
        "SELECT v.id, v.text, v.author, v.edits, v.rubric_category, v.rubric_version, v.rationale, w.criteria "
        "FROM revisions v LEFT JOIN rubrics w ON w.category = v.rubric_category AND w.version = v.rubric_version "
        "WHERE v.item_id = $item QUALIFY v.id = $shown "
        "OR row_number() OVER (PARTITION BY v.author ORDER BY v.id DESC) = 1 ORDER BY v.id",
        {"item": item.id, "shown": revision_id},
    ).fetchall()
    (shown,) = [row for row in rows if row[0] == revision_id]
    _, text, author, edits, category, version, rationale, criteria = shown
    now = item.rubric.criteria if item.rubric else None
    return replace(
        item,
        revision_id=revision_id,
        revision=text,
        revision_author=author,
        edits=edits_from_json(edits),
        others=tuple(_revision(row[:4]) for row in rows if row[2] != author),
        written_against=None if category is None else (category, version),
        is_outdated=None not in (criteria, now) and criteria_from_json(criteria) != now,
        rationale=json.loads(rationale) if rationale else {},
    )


def item_of_draft(cursor: Cursor, draft_hash: str) -> int:
    """The item that holds the draft with this hash; the caller knows that there is one."""
    return int(one(cursor.execute("SELECT item_id FROM drafts WHERE hash = ?", [draft_hash]))[0])


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

    For an `annotator`, also those that do not wait for this person, and those whose free slots others look at: `taken`
    says by item how many do; what was sent back to them comes first. With `among`, only items with these ids.
    """
    taken = taken or {}
    waits, first = "state = 'waiting'" if annotator is None else WAITS, "list_contains(sent_to, $person)"
    only = "" if among is None else "AND id IN (SELECT unnest($among::BIGINT[])) "
    found = _items(
        cursor,
        "WHERE id IN (SELECT id FROM items LEFT JOIN "
        "(SELECT unnest($taken::BIGINT[]) AS item, unnest($people::INTEGER[]) AS people) taken ON item = items.id "
        f"WHERE {waits} AND id NOT IN (SELECT unnest($without::BIGINT[])) "
        f"AND ({first} OR slots - len(deciders) > coalesce(taken.people, 0)) {only}"
        f"ORDER BY {first} DESC, place LIMIT $limit)",
        {"taken": list(taken.keys()), "people": list(taken.values()), "without": list(without), "limit": limit}
        | {"person": annotator or ""}
        | ({} if among is None else {"among": list(among)}),
    )
    return sorted(found, key=lambda item: annotator not in item.sent_to)


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
    return int(one(cursor.execute(f"SELECT count(*) FROM drafts WHERE {WROTE_DRAFT}"))[0])


def of_author(cursor: Cursor, author: str, instruction_ids: Sequence[int]) -> list[int]:
    """The newest item of each of these instructions that this draft author wrote, in the order of the queue."""
    rows = cursor.execute(
        "SELECT max(item_id) AS id FROM drafts WHERE author = ? AND instruction_id IN (SELECT unnest(?::BIGINT[])) "
        "GROUP BY instruction_id ORDER BY id",
        [author, list(instruction_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def _items(cursor: Cursor, which: str, values: list[Any] | dict[str, Any]) -> list[Item]:
    """The items that the condition `which` chooses, in the order of the queue."""
    return [_item(row) for row in cursor.execute(_ITEM.format(which=which), values).fetchall()]


def _item(row: tuple) -> Item:  # type: ignore[type-arg]
    (item_id, version, state, *instruction), rest = row[:11], row[11:]
    similarity, category, runner_up, runner_up_similarity = rest[:4]
    sorted_category, rubric_category, criteria, rubric_version, rubric_author = rest[4:9]
    draft, draft_author, draft_round, revision_id, revision, revision_author, edits, others = rest[9:17]
    slots, deciders, final_text, annotator, decided_at, written_category, written_version, is_outdated = rest[17:25]
    return Item(
        id=item_id,
        version=version,
        state=state,
        instruction=instruction_of(instruction),
        assignment=None if similarity is None else Assignment(category, similarity, runner_up, runner_up_similarity),
        sorted_category=sorted_category,
        rubric=None
        if criteria is None
        else Rubric(rubric_category, criteria_from_json(criteria), rubric_version, rubric_author),
        draft=draft,
        draft_author=draft_author,
        draft_round=draft_round,
        revision_id=revision_id,
        revision=revision,
        revision_author=revision_author,
        edits=edits_from_json(edits),
        others=tuple(map(_revision, others or ())),
        slots=slots,
        deciders=tuple(deciders),
        final_text=final_text,
        decided_by=annotator,
        decided_at=decided_at,
        written_against=None if written_category is None else (written_category, written_version),
        is_outdated=is_outdated,
        rationale=json.loads(rest[25]) if rest[25] else {},
        sent_to=tuple(rest[26]),
    )


def _revision(row: Sequence[Any]) -> Revision:
    return Revision(int(row[0]), row[1], row[2], edits_from_json(row[3]))
