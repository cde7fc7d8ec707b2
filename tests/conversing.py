"""Conversations, ids and metadata in a store, as an import leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from citing_app.method.identity import task_hash
from citing_app.store import instructions, items, revisions
from citing_app.store.database import Store
from citing_app.store.revisions import NewRevision
from citing_app.types import Example, Turn

TURNS = (
    Turn("system", "You speak like a pilot."),
    Turn("user", "What keeps a plane up?"),
    Turn("assistant", 'The wings push air down; we say "lift".'),
)


def add_conversation(
    store: Store,
    question: str,
    *,
    turns: Sequence[Turn] = TURNS,
    row_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    draft: str = "It glides down.",
    revision: str = "It glides down slowly.",
) -> int:
    """The item of a new instruction of the train split with a draft and a revision; its id."""
    example = Example(question, turns=tuple(turns), row_id=row_id, metadata=metadata or {})
    with store.write() as cursor:
        instructions.add(cursor, [example], "conversations")
        cursor.execute("UPDATE instructions SET split = 'train' WHERE hash = ?", [task_hash(example.task)])
        (found,) = instructions.by_hash(cursor, [task_hash(example.task)])
        item_id = items.add_draft(cursor, found, draft, "imported", None)
        assert item_id is not None
        revisions.add(cursor, [NewRevision(item_id, revision, "imported")])
    return item_id
