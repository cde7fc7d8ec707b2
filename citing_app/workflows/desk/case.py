"""A case: one item with its decisions, read once and handed on from the check to the page's answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from citing_app.errors import CitingError
from citing_app.method.verdicts import standing
from citing_app.store import decisions, items
from citing_app.store.database import Cursor
from citing_app.types import Decision, Item
from citing_app.workflows.desk.item_view import ReviewedView, reviewed_view


@dataclass(frozen=True)
class Case:
    """An item, all its decisions (oldest first), and the newest round that learned one of them.

    `made` are those of the decisions that were made since the case was read.
    """

    item: Item
    history: tuple[Decision, ...]
    learned_in: int | None
    made: tuple[Decision, ...] = ()

    @property
    def verdicts(self) -> list[Decision]:
        return standing(self.history)

    def decided(self, item: Item, decision: Decision) -> Case:
        """The case with one decision more, which leaves the item like this."""
        return replace(self, item=item, history=(*self.history, decision), made=(*self.made, decision))

    def view(self, annotator: str | None) -> ReviewedView:
        """What this person sees of it."""
        return reviewed_view(self.item, self.history, self.learned_in, annotator)


def case_of(cursor: Cursor, item: Item) -> Case:
    """This item with its decisions."""
    history = tuple(decisions.history(cursor, item.id))
    return Case(item, history, decisions.learned_in(cursor, item.id) if history else None)


def found_item(cursor: Cursor, item_id: int) -> Item:
    """The item with this id. Raises CitingError where there is none."""
    found = items.get(cursor, item_id)
    if found is None:
        raise CitingError(f"There is no item {item_id}.")
    return found


def on_revision(found: Item, revision_id: int | None) -> Item:
    """The item with this revision of it as the one to decide on. Raises CitingError where it is not one of them."""
    if revision_id is None or revision_id == found.revision_id:
        return found
    for other in found.others:
        if other.id == revision_id:
            return replace(
                found, revision_id=other.id, revision=other.text, revision_author=other.author, edits=other.edits
            )
    raise CitingError(f"Item {found.id} has no such revision, or its teacher has written a newer one.")
