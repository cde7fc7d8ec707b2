"""The review page: a draft beside its revision, and a person's decision."""

from __future__ import annotations

from citing_app.errors import Refused
from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.desk import deciding, reviewing, sending_back, triage
from citing_app.workflows.desk.requests import Decide, Hold, OneItem, Queue, SendBack, Undo, Warnings
from citing_app.workflows.drafts import starting
from citing_app.workflows.drafts.requests import Draft
from citing_app.workflows.request import Request


class ReviewDesk(Panel):
    """Drawn by assets/pages/review.js."""

    script = "review"

    @served
    def queue(self, asked: Queue, person: Person) -> Body:
        return triage.asked_queue(self.studio.store, self.studio.leases, self.studio.vectors, person.name, asked)

    @served
    def item(self, asked: OneItem, person: Person) -> Body:
        return reviewing.item(self.studio.store, asked.item, person.name)

    @served
    def decide(self, asked: Decide, person: Person) -> Body:
        studio = self.studio
        try:
            return deciding.decide(studio.store, studio.journal, studio.leases, deciding.asked_by(person, asked))
        except Refused as error:
            return {"error": str(error), "item": reviewing.item(studio.store, asked.item, person.name)}

    @served
    @owners_may("send an item back")
    def send_back(self, asked: SendBack, person: Person) -> Body:
        return sending_back.send_back(self.studio.store, self.studio.journal, person, asked)

    @served
    def notes(self, asked: Request, person: Person) -> Body:
        return {"notes": reviewing.notes(self.studio.store, person.name)}

    @served
    def undo_decision(self, asked: Undo, person: Person) -> Body:
        return deciding.undo(self.studio.store, self.studio.journal, person.name, asked.request_id, asked.item)

    @served
    def warnings(self, asked: Warnings, person: Person) -> Body:
        return {"warnings": reviewing.text_warnings(self.studio.store, asked.item, asked.text, asked.revision)}

    @served
    def hold(self, asked: Hold, person: Person) -> Body:
        self.studio.leases.take(person.name, asked.items)
        return {}

    @served
    @owners_may("ask for drafts")
    def draft_more(self, asked: Draft, person: Person) -> Body:
        starting.start_drafts(self.studio, asked.items, asked.round)
        return {}
