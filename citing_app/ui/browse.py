"""The browse page: every item, filtered, sorted and searched, and one decision on all that a filter holds."""

from __future__ import annotations

from citing_app.errors import Cancelled
from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.workflows.desk import batches, browsing
from citing_app.workflows.desk.requests import CountItems, DecideAll, ListItems, UndoAll
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


class BrowsePage(Panel):
    """Drawn by assets/pages/browse.js. What a newer question of the same page ends is answered as `cancelled`."""

    script = "browse"

    def __init__(self, studio: Studio) -> None:
        self.searches = browsing.Searches()
        super().__init__(studio)

    @served
    def list_items(self, asked: ListItems, person: Person) -> Body:
        """One page of the items that pass a filter."""
        try:
            with self.searches.newest(self.studio.store, person.name, asked.token) as cursor:
                return browsing.page_view(cursor, asked.chosen, asked.sort, asked.after, person.name, asked.limit)
        except Cancelled:
            return {"cancelled": True}

    @served
    def count_items(self, asked: CountItems, person: Person) -> Body:
        """How many items pass a filter."""
        try:
            with self.searches.newest(self.studio.store, person.name, asked.token) as cursor:
                return browsing.count_view(cursor, asked.chosen, person.name)
        except Cancelled:
            return {"cancelled": True}

    @served
    def filter_choices(self, asked: Request, person: Person) -> Body:
        """What there is to filter by, and the person's newest batch of decisions."""
        return browsing.choices(self.studio.store, person.name)

    @served
    def decide_all(self, asked: DecideAll, person: Person) -> Body:
        """One decision on all items that pass a filter, or on some by their numbers."""
        return batches.decide_all(
            self.studio.store,
            self.studio.journal,
            self.studio.leases,
            asked.chosen,
            asked.kind,
            person.name,
            asked.request_id,
            asked.expected,
        )

    @served
    def undo_all(self, asked: UndoAll, person: Person) -> Body:
        """Take back a batch of decisions."""
        return batches.undo_all(self.studio.store, self.studio.journal, asked.batch, person.name)
