"""Revisions as they are written: many at once, in a few statements, whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.method.diff import changed_share
from citing_app.method.identity import exact_hash
from citing_app.store.database import Cursor
from citing_app.store.edits import criteria_of, edits_to_json
from citing_app.store.items import OVERLAPPING
from citing_app.types import Edit, Rubric


@dataclass(frozen=True)
class NewRevision:
    """A revision of an item's draft; `rubric` is what it was written against, where that is known, and `rationale` what
    the teacher says of its criteria, by name."""

    item_id: int
    text: str
    author: str
    edits: Sequence[Edit] = ()
    prompt_hash: str | None = None
    rubric: Rubric | None = None
    rationale: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class _Hashed:
    """A revision with its content hash and the share of the draft that it changes."""

    new: NewRevision
    hash: str
    edit_size: float


def add(cursor: Cursor, revisions: Sequence[NewRevision]) -> list[int]:
    """Make these the newest revisions of their items; their ids, in the same order.

    A drafted item then waits for a person. The same revision twice is one, written against the newer rubric; an item
    that is decided meanwhile goes on showing what was decided.
    """
    ids: dict[int, int] = {}
    left = dict(enumerate(revisions))
    while left:  # an item's second revision comes after its first
        first = {new.item_id: number for number, new in reversed(left.items())}
        ids.update(zip(first.values(), _add(cursor, [left.pop(number) for number in first.values()]), strict=True))
    return [ids[number] for number in range(len(revisions))]


def _add(cursor: Cursor, revisions: Sequence[NewRevision]) -> list[int]:
    """The ids of these revisions, each of another item."""
    hashed = _hash(cursor, revisions)
    known = _known(cursor, [one.hash for one in hashed])
    fresh = [one for one in hashed if one.hash not in known]
    newer = [one for one in hashed if one.hash in known and one.new.rubric]
    ids = {**known, **_insert(cursor, fresh)}
    if newer:
        _update_rubrics(cursor, newer, ids)
    if fresh or newer:
        _show(cursor, [*fresh, *newer], ids)
    return [ids[one.hash] for one in hashed]


def _hash(cursor: Cursor, revisions: Sequence[NewRevision]) -> list[_Hashed]:
    rows = cursor.execute(
        "SELECT item_id, hash, text FROM drafts WHERE item_id IN (SELECT unnest(?::BIGINT[]))",
        [[new.item_id for new in revisions]],
    ).fetchall()
    drafts = {item_id: (value, text) for item_id, value, text in rows}
    found = []
    for new in revisions:
        draft_hash, draft = drafts[new.item_id]
        value = exact_hash(draft_hash, new.author, new.text)
        found.append(_Hashed(new, value, changed_share(draft, new.text)))
    return found


def _known(cursor: Cursor, hashes: Sequence[str]) -> dict[str, int]:
    query = "SELECT hash, id FROM revisions WHERE hash IN (SELECT unnest(?::VARCHAR[]))"
    return dict(cursor.execute(query, [list(hashes)]).fetchall())


def _insert(cursor: Cursor, fresh: Sequence[_Hashed]) -> dict[str, int]:
    rows = cursor.execute(
        "INSERT INTO revisions (hash, item_id, text, author, edits, prompt_hash, revised_at, rubric_category, "
        "rubric_version, rationale) SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), now(), unnest(?::VARCHAR[]), "
        "unnest(?::INTEGER[]), unnest(?::VARCHAR[]) RETURNING hash, id",
        [
            [one.hash for one in fresh],
            [one.new.item_id for one in fresh],
            [one.new.text for one in fresh],
            [one.new.author for one in fresh],
            [edits_to_json(one.new.edits) for one in fresh],
            [one.new.prompt_hash for one in fresh],
            [one.new.rubric and one.new.rubric.category for one in fresh],
            [one.new.rubric and one.new.rubric.version for one in fresh],
            [json.dumps(dict(r), ensure_ascii=False) if (r := one.new.rationale) else None for one in fresh],
        ],
    ).fetchall()
    return dict(rows)


def _update_rubrics(cursor: Cursor, newer: Sequence[_Hashed], ids: dict[str, int]) -> None:
    rubrics = [one.new.rubric for one in newer if one.new.rubric]
    cursor.execute(
        "UPDATE revisions SET rubric_category = new.category, rubric_version = new.version FROM "
        "(SELECT unnest(?::BIGINT[]) AS id, unnest(?::VARCHAR[]) AS category, unnest(?::INTEGER[]) AS version) new "
        "WHERE new.id = revisions.id",
        [[ids[one.hash] for one in newer], [r.category for r in rubrics], [r.version for r in rubrics]],
    )


def _show(cursor: Cursor, written: Sequence[_Hashed], ids: dict[str, int]) -> None:
    """Show revisions just written, unless another was decided on meanwhile or the item shows them already."""
    cursor.execute(
        "UPDATE items SET revision_id = new.revision_id, version = items.version + 1, teacher = new.teacher, "
        "edit_size = new.edit_size, criteria = new.criteria, "
        "slots = coalesce((SELECT o.slots FROM overlap_shares o WHERE o.dataset = items.dataset AND "
        f"{OVERLAPPING}), items.slots), state = CASE WHEN state = 'drafted' THEN 'waiting' ELSE state END FROM "
        "(SELECT unnest(?::BIGINT[]) AS item_id, unnest(?::BIGINT[]) AS revision_id, unnest(?::VARCHAR[]) AS teacher, "
        "unnest(?::FLOAT[]) AS edit_size, unnest(?::VARCHAR[][]) AS criteria) new WHERE new.item_id = items.id "
        "AND state NOT IN ('accepted', 'rejected') AND items.revision_id IS DISTINCT FROM new.revision_id",
        [
            [one.new.item_id for one in written],
            [ids[one.hash] for one in written],
            [one.new.author for one in written],
            [one.edit_size for one in written],
            [criteria_of(one.new.edits) for one in written],
        ],
    )
