"""Sending an item back: an owner undoes another person's decision, and asks them to decide it again."""

from __future__ import annotations

from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.types import Person
from citing_app.workflows.desk.case import Case, case_of, found_item
from citing_app.workflows.desk.deciding import own_verdict, saved_once, with_undo
from citing_app.workflows.desk.requests import SendBack


def send_back(store: Store, journal: Journal, person: Person, asked: SendBack) -> dict[str, Any]:
    """Undo another person's decision and let them decide the item again, first of all, with the note before them.

    What a round has learned can be sent back too; that changes no round. Raises Refused where that person has no
    decision that stands, or another one settles the item.
    """
    if not asked.request_id:
        raise CitingError("Sending an item back needs a request id.")
    if not asked.note.strip():
        raise CitingError("Say in a note why the item is sent back.")
    return saved_once(
        store, journal, person.name, asked.request_id, lambda cursor: _send_back(cursor, person.name, asked)
    )


def _send_back(cursor: Cursor, sender: str, asked: SendBack) -> Case:
    """The case with a person's decision on it undone by the sender."""
    case = case_of(cursor, found_item(cursor, asked.item))
    to = asked.to or case.item.decided_by
    if to is None:
        raise Refused(f"No decision on item {asked.item} counts; say whose is sent back.")
    if to == sender:
        raise Refused("This is your own decision; undo it instead.")
    verdict = own_verdict(case.verdicts, to)
    if verdict is None:
        raise Refused(f"No decision of {to} on item {asked.item} stands.")
    settled = next((one for one in case.verdicts if one.settles), verdict)
    if not verdict.settles and settled.settles:
        raise Refused(f"Item {asked.item} was settled by {settled.annotator}; send that decision back.")
    return with_undo(cursor, case, verdict, asked.request_id, sender, asked.note.strip())
