"""The review page: a draft beside its revision, and a person's decision."""

from __future__ import annotations

from citing_app.errors import Refused
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.browse import filter_from
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows.desk import deciding, reviewing, triage
from citing_app.workflows.drafts import starting
from citing_app.workflows.studio import Studio

_MOST_HUNKS = 10_000


def review_page(studio: Studio) -> None:
    """Draw the page; its script is assets/review.js."""

    def queue(body: Body, person: Person) -> Body:
        limit = inputs.integer(body.get("limit", 8), "The number of items", 1, 50)
        held = inputs.integers(body.get("without", []), "The items left out", 500)
        order = body.get("queue")
        if order in ("likely fine", "likely wrong"):
            return triage.queue(studio.store, studio.leases, studio.vectors, person.name, order, limit, held)
        among = filter_from(inputs.mapping(body["filter"], "The filter")) if body.get("filter") else None
        return reviewing.queue(studio.store, studio.leases, person.name, limit, held, order == "disputed", among)

    def item(body: Body, person: Person) -> Body:
        return reviewing.item(studio.store, inputs.item(body.get("id")), person.name)

    def decide(body: Body, person: Person) -> Body:
        request = decision_request(body, person)
        try:
            answer = deciding.decide(studio.store, studio.journal, request)
        except Refused as error:
            return {"error": str(error), "item": reviewing.item(studio.store, request.item_id, person.name)}
        studio.leases.release(person.name, request.item_id)
        return answer

    def undo(body: Body, person: Person) -> Body:
        request_id = inputs.text(body.get("request_id"), "The request id", 100)
        item_id = inputs.optional_integer(body.get("item"), "The item", 1, 2**62)
        return deciding.undo(studio.store, studio.journal, person.name, request_id, item_id)

    def warnings(body: Body, person: Person) -> Body:
        text = inputs.text(body.get("text"), "The edited revision", deciding.LONGEST_ANSWER)
        item_id = inputs.integer(body.get("item"), "The item", 1, 2**62)
        revision_id = inputs.optional_integer(body.get("revision"), "The revision", 1, 2**62)
        return {"warnings": reviewing.text_warnings(studio.store, item_id, text, revision_id)}

    def hold(body: Body, person: Person) -> Body:
        studio.leases.take(person.name, inputs.integers(body.get("items"), "The items", 500))
        return {}

    def draft_more(body: Body, person: Person) -> Body:
        ensure_owner(person, "ask for drafts")
        starting.start_drafts(studio, inputs.integer(body.get("items"), "The number of drafts", 1, 10_000), None)
        return {}

    script_panel("review", [queue, item, decide, undo, warnings, hold, draft_more])


def decision_request(body: Body, person: Person) -> deciding.Request:
    """The request that a page or an endpoint makes, with every field checked."""
    final, kept = body.get("final_text"), body.get("kept_hunks")
    return deciding.Request(
        item_id=inputs.integer(body.get("item"), "The item", 1, 2**62),
        version=inputs.integer(body.get("version"), "The version", 1, 2**31 - 1),
        kind=deciding.decision_kind(inputs.text(body.get("kind"), "The decision", 10)),
        annotator=person.name,
        request_id=inputs.text(body.get("request_id"), "The request id", 100),
        revision_id=inputs.optional_integer(body.get("revision"), "The revision", 1, 2**62),
        final_text=None if final is None else inputs.text(final, "The edited revision", deciding.LONGEST_ANSWER),
        kept_hunks=None if kept is None else tuple(inputs.integers(kept, "The kept edits", _MOST_HUNKS)),
        criteria=inputs.numbered_texts(body.get("criteria"), "The criteria", _MOST_HUNKS),
        changes=body.get("changes") is True,
        may_settle=person.is_owner,
        seconds=inputs.optional_number(body.get("seconds"), "The time", 0, deciding.LONGEST_LOOK),
    )
