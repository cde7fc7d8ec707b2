"""The browse page: every item, filtered, sorted and searched, and one decision on all that a filter holds."""

from __future__ import annotations

from citing_app.errors import Cancelled
from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.workflows.desk import batches, browsing
from citing_app.workflows.desk.requests import CountItems, DecideAll, ListItems, UndoAll
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def browse_page(studio: Studio) -> None:
    """Draw the page; its script is assets/browse.js."""
    searches = browsing.Searches()

    def list_items(asked: ListItems, person: Person) -> Body:
        try:
            with searches.newest(studio.store, person.name, asked.token) as cursor:
                return browsing.page_view(cursor, asked.chosen, asked.sort, asked.after, person.name, asked.limit)
        except Cancelled:
            return {"cancelled": True}

    def count_items(asked: CountItems, person: Person) -> Body:
        try:
            with searches.newest(studio.store, person.name, asked.token) as cursor:
                return browsing.count_view(cursor, asked.chosen, person.name)
        except Cancelled:
            return {"cancelled": True}

    def filter_choices(asked: Request, person: Person) -> Body:
        return browsing.choices(studio.store, person.name)

    def decide_all(asked: DecideAll, person: Person) -> Body:
        return batches.decide_all(
            studio.store,
            studio.journal,
            studio.leases,
            asked.chosen,
            asked.kind,
            person.name,
            asked.request_id,
            asked.expected,
        )

    def undo_all(asked: UndoAll, person: Person) -> Body:
        return batches.undo_all(studio.store, studio.journal, asked.batch, person.name)

    script_panel("browse", [list_items, count_items, filter_choices, decide_all, undo_all])
