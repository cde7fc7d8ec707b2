"""Many drafts with their revisions at once, as an import brings them; items.add_draft adds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.method.identity import exact_hash
from citing_app.store.database import Cursor
from citing_app.store.edits import criteria_of, edits_to_json
from citing_app.store.items import OVERLAPPING
from citing_app.types import Edit, Instruction


@dataclass(frozen=True)
class NewPair:
    """A draft of a stored instruction and its revision, with their authors.

    `edit_size` is the share of the draft that the revision changes, in [0, 1] (`curriculum.diff.changed_share`).
    """

    instruction: Instruction
    draft: str
    draft_author: str
    revision: str
    revision_author: str
    edits: tuple[Edit, ...]
    edit_size: float

    @property
    def draft_hash(self) -> str:
        return exact_hash(self.instruction.hash, self.draft_author, self.draft)


def add(cursor: Cursor, pairs: Sequence[NewPair], import_id: int | None = None) -> list[bool]:
    """Add the pairs whose draft is new, as items in their order; for each pair, whether it was.

    The rows are those that items.add_draft and revisions.add would have written one by one.
    """
    hashes = [pair.draft_hash for pair in pairs]
    seen = _known(cursor, hashes)
    is_new, new = [], []
    for value, pair in zip(hashes, pairs, strict=True):
        is_new.append(value not in seen)
        if value not in seen:
            seen.add(value)
            new.append((value, pair))
    if new:
        item_ids, revision_ids = _next(cursor, "item_ids", len(new)), _next(cursor, "revision_ids", len(new))
        _insert_drafts(cursor, item_ids, new, import_id)
        _insert_revisions(cursor, item_ids, revision_ids, new)
        _insert_items(cursor, item_ids, revision_ids, [pair for _, pair in new])
    return is_new


def _insert_drafts(cursor: Cursor, item_ids: list[int], new: list[tuple[str, NewPair]], import_id: int | None) -> None:
    cursor.execute(
        "INSERT INTO drafts (item_id, hash, instruction_id, text, author, import_id, drafted_at) "
        "SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), ?, now()",
        [
            item_ids,
            [value for value, _ in new],
            [pair.instruction.id for _, pair in new],
            [pair.draft for _, pair in new],
            [pair.draft_author for _, pair in new],
            import_id,
        ],
    )


def _insert_revisions(
    cursor: Cursor, item_ids: list[int], revision_ids: list[int], new: list[tuple[str, NewPair]]
) -> None:
    cursor.execute(
        "INSERT INTO revisions (id, item_id, hash, text, author, edits, revised_at) SELECT unnest(?::BIGINT[]), "
        "unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), now()",
        [
            revision_ids,
            item_ids,
            [exact_hash(value, pair.revision_author, pair.revision) for value, pair in new],
            [pair.revision for _, pair in new],
            [pair.revision_author for _, pair in new],
            [edits_to_json(pair.edits) for _, pair in new],
        ],
    )


def _insert_items(cursor: Cursor, item_ids: list[int], revision_ids: list[int], pairs: list[NewPair]) -> None:
    cursor.execute(
        "INSERT INTO items (id, instruction_id, state, version, revision_id, place, slots, deciders, category, "
        "similarity, dataset, author, teacher, edit_size, criteria) "
        "SELECT items.id, i.id, CASE i.split WHEN 'train' THEN 'waiting' ELSE 'held_out' END, 2, items.revision_id, "
        "items.id::DOUBLE, coalesce(o.slots, 1), [], coalesce(m.category, a.category), "
        "a.similarity, i.dataset, items.author, items.teacher, items.edit_size, items.criteria FROM "
        "(SELECT unnest(?::BIGINT[]) AS id, unnest(?::BIGINT[]) AS revision_id, unnest(?::BIGINT[]) AS instruction_id, "
        "unnest(?::VARCHAR[]) AS author, unnest(?::VARCHAR[]) AS teacher, unnest(?::FLOAT[]) AS edit_size, "
        "unnest(?::VARCHAR[][]) AS criteria) items JOIN instructions i ON i.id = items.instruction_id "
        "LEFT JOIN category_members m ON m.instruction_id = i.id LEFT JOIN assignments a ON a.instruction_id = i.id "
        f"LEFT JOIN overlap_shares o ON o.dataset = i.dataset AND {OVERLAPPING} ORDER BY items.id",
        [
            item_ids,
            revision_ids,
            [pair.instruction.id for pair in pairs],
            [pair.draft_author for pair in pairs],
            [pair.revision_author for pair in pairs],
            [pair.edit_size for pair in pairs],
            [criteria_of(pair.edits) for pair in pairs],
        ],
    )


def _known(cursor: Cursor, hashes: list[str]) -> set[str]:
    rows = cursor.execute("SELECT hash FROM drafts WHERE hash IN (SELECT unnest(?::VARCHAR[]))", [hashes]).fetchall()
    return {row[0] for row in rows}


def _next(cursor: Cursor, sequence: str, number: int) -> list[int]:
    """The next numbers of a sequence."""
    rows = cursor.execute(f"SELECT nextval('{sequence}') FROM range({number})").fetchall()
    return sorted(row[0] for row in rows)
