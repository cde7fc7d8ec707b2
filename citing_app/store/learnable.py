"""What a round can learn: accepted pairs of the train split. And the imported ones its held-out loss is taken on."""

from __future__ import annotations

import json
from collections.abc import Sequence

from citing_app.store.database import Cursor
from citing_app.store.edits import edits_from_json
from citing_app.store.rubrics import criteria_from_json
from citing_app.store.turns import turns_from_json
from citing_app.types import Pair, Rubric


def pairs(
    cursor: Cursor, limit: int | None = None, among: Sequence[str] | None = None, learned: bool = False
) -> list[Pair]:
    """Accepted pairs of the train split in the order they were decided, only those that no round of the student in
    use has learned.

    With `among`, only pairs of these decisions; with `learned`, those that a round has learned too.
    """
    which = "" if among is None else "AND c.id IN (SELECT unnest(?::VARCHAR[])) "
    which += "" if learned else "AND c.id NOT IN (SELECT decision_id FROM learned_decisions) "
    rows = cursor.execute(
        "SELECT c.id, items.id, i.instruction, i.input, d.text, c.final_text, i.split, r.category, r.criteria, "
        "r.version, r.author, v.text, v.edits, c.kept_hunks, c.criteria, i.turns FROM items "
        "JOIN decisions c ON c.id = items.decision_id "
        "LEFT JOIN revisions v ON v.id = c.revision_id "
        "JOIN instructions i ON i.id = items.instruction_id JOIN drafts d ON d.item_id = items.id "
        "LEFT JOIN rubrics r ON r.category = c.rubric_category AND r.version = c.rubric_version "
        f"WHERE items.state = 'accepted' AND i.split = 'train' {which}ORDER BY c.number LIMIT ?",
        [*([] if among is None else [list(among)]), limit if limit is not None else 2**62],
    ).fetchall()
    return [_pair(row) for row in rows]


def count_untrained(cursor: Cursor) -> int:
    """How many accepted pairs of the train split no round of the student in use has learned."""
    [(count,)] = cursor.execute(
        "SELECT count(*) FROM items JOIN instructions i ON i.id = items.instruction_id WHERE items.state = 'accepted' "
        "AND i.split = 'train' AND items.decision_id NOT IN (SELECT decision_id FROM learned_decisions)"
    ).fetchall()
    return int(count)


def criteria(cursor: Cursor) -> list[str]:
    """The criteria that accepted revisions of the train split serve, in alphabetical order."""
    rows = cursor.execute(
        "SELECT DISTINCT unnest(items.criteria) AS name FROM items JOIN instructions i ON i.id = items.instruction_id "
        "WHERE items.state = 'accepted' AND i.split = 'train' ORDER BY name"
    ).fetchall()
    return [row[0] for row in rows]


def decisions(cursor: Cursor, item_ids: Sequence[int]) -> list[str]:
    """The decisions by which those of the items that are accepted were, in the order they were made."""
    rows = cursor.execute(
        "SELECT c.id FROM items JOIN decisions c ON c.id = items.decision_id "
        "WHERE items.state = 'accepted' AND items.id IN (SELECT unnest(?::BIGINT[])) ORDER BY c.number",
        [list(item_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def held_out_pairs(cursor: Cursor, limit: int, without: Sequence[str] = ()) -> list[Pair]:
    """Imported pairs of the validation split, but those of the instructions (hashes) `without`.

    A round's held-out loss is taken on them beside the answers.
    """
    rows = cursor.execute(
        "SELECT '', items.id, i.instruction, i.input, d.text, v.text, i.split, NULL, NULL, NULL, NULL, v.text, "
        "v.edits, NULL, NULL, i.turns FROM items "
        "JOIN revisions v ON v.id = items.revision_id JOIN instructions i ON i.id = items.instruction_id "
        "JOIN drafts d ON d.item_id = items.id WHERE i.split = 'validation' "
        "AND i.hash NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY i.hash LIMIT ?",
        [list(without), limit],
    ).fetchall()
    return [_pair(row) for row in rows]


def _pair(row: tuple) -> Pair:  # type: ignore[type-arg]
    decision, item, instruction, input, draft, revision, split, category, criteria, version, author, *decided = row
    proposed, edits, kept, chosen, turns = decided
    rubric = None if criteria is None else Rubric(category, criteria_from_json(criteria), version, author)
    stated = edits_from_json(edits) if edits else ()
    hunks = None if kept is None else tuple(json.loads(kept))
    named = {int(hunk): name for hunk, name in json.loads(chosen).items()} if chosen else {}
    return Pair(
        decision_id=decision,
        item_id=item,
        instruction=instruction,
        input=input,
        draft=draft,
        revision=revision,
        rubric=rubric,
        split=split,
        proposed=proposed or "",
        edits=stated,
        kept_hunks=hunks,
        criteria=named,
        turns=turns_from_json(turns),
    )
