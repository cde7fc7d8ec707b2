"""The review page: a draft beside its revision, and a person's decision."""

from __future__ import annotations

from citing_app.errors import Refused
from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owners_may
from citing_app.workflows.desk import deciding, reviewing, sending_back, triage
from citing_app.workflows.desk.requests import Decide, Hold, OneItem, Queue, SendBack, Undo, Warnings
from citing_app.workflows.drafts import starting
from citing_app.workflows.drafts.requests import Draft
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def review_page(studio: Studio) -> None:
    """Draw the page; its script is assets/review.js."""

    def queue(asked: Queue, person: Person) -> Body:
        return triage.asked_queue(studio.store, studio.leases, studio.vectors, person.name, asked)

    def item(asked: OneItem, person: Person) -> Body:
        return reviewing.item(studio.store, asked.item, person.name)

    def decide(asked: Decide, person: Person) -> Body:
        try:
            return deciding.decide(studio.store, studio.journal, studio.leases, deciding.asked_by(person, asked))
        except Refused as error:
            return {"error": str(error), "item": reviewing.item(studio.store, asked.item, person.name)}

    @owners_may("send an item back")
    def send_back(asked: SendBack, person: Person) -> Body:
        return sending_back.send_back(studio.store, studio.journal, person, asked)

    def notes(asked: Request, person: Person) -> Body:
        return {"notes": reviewing.notes(studio.store, person.name)}

    def undo(asked: Undo, person: Person) -> Body:
        return deciding.undo(studio.store, studio.journal, person.name, asked.request_id, asked.item)

    def warnings(asked: Warnings, person: Person) -> Body:
        return {"warnings": reviewing.text_warnings(studio.store, asked.item, asked.text, asked.revision)}

    def hold(asked: Hold, person: Person) -> Body:
        studio.leases.take(person.name, asked.items)
        return {}

    @owners_may("ask for drafts")
    def draft_more(asked: Draft, person: Person) -> Body:
        starting.start_drafts(studio, asked.items, asked.round)
        return {}

    script_panel("review", [queue, item, decide, undo, send_back, notes, warnings, hold, draft_more])
