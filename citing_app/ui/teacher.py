"""The teacher page: who teaches what and how, what it costs, what failed and why; drawn by assets/teacher.js."""

from __future__ import annotations

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows.calls import spending
from citing_app.workflows.drafts import starting, teachers
from citing_app.workflows.studio import Studio

_NAME = 200


def teacher_page(studio: Studio) -> None:
    """Draw the page."""

    def overview(body: Body, person: Person) -> Body:
        return teachers.teachers_view(studio)

    def check(body: Body, person: Person) -> Body:
        ensure_owner(person, "test a teacher")
        teachers.start_check(studio, _teacher(body))
        return {}

    def choose(body: Body, person: Person) -> Body:
        ensure_owner(person, "choose teachers")
        names = body.get("teachers")
        if not isinstance(names, list) or len(names) > len(studio.teachers):
            raise CitingError("The teachers are a list of names.")
        teachers.choose_teachers(
            studio,
            inputs.text(body.get("dataset"), "The data set", _NAME),
            [inputs.text(name, "The teacher", _NAME) for name in names],
            inputs.text(body.get("style"), "The style", 20),
            body.get("rationale") is True,
            person.name,
        )
        return {}

    def set_price(body: Body, person: Person) -> Body:
        ensure_owner(person, "set prices")
        teachers.model_of(studio.teachers, _teacher(body))
        sent = inputs.optional_number(body.get("sent"), "The price", 0, spending.HIGHEST_PRICE)
        answered = inputs.optional_number(body.get("answered"), "The price", 0, spending.HIGHEST_PRICE)
        if sent is None or answered is None:
            raise CitingError("Give both prices: for a million tokens sent, and for a million answered.")
        spending.set_price(studio.store, _teacher(body), sent, answered, person.name)
        return {}

    def set_limit(body: Body, person: Person) -> Body:
        ensure_owner(person, "set the spending limit")
        limit = inputs.optional_number(body.get("dollars"), "The spending limit", 0, spending.HIGHEST_LIMIT)
        spending.set_limit(studio.store, limit, person.name)
        return {}

    def revise(body: Body, person: Person) -> Body:
        ensure_owner(person, "ask for revisions")
        starting.start_revisions(studio, inputs.integer(body.get("items"), "The number of revisions", 1, 100_000))
        return {}

    def retry(body: Body, person: Person) -> Body:
        ensure_owner(person, "ask for revisions")
        starting.start_retry(studio)
        return {}

    def allow_unknown(body: Body, person: Person) -> Body:
        ensure_owner(person, "send calls again")
        count = teachers.allow_unknown(studio.store)
        starting.start_retry(studio, ["unknown"])
        return {"calls": count}

    script_panel("teacher", [overview, check, choose, set_price, set_limit, revise, retry, allow_unknown])


def _teacher(body: Body) -> str:
    return inputs.text(body.get("teacher"), "The teacher", _NAME)
