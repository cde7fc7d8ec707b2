"""The rounds page: one button trains on everything accepted; every round is watched live and found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows import training
from citing_app.workflows.choices import Choices
from citing_app.workflows.studio import Studio


def rounds_page(studio: Studio) -> None:
    """Draw the page; its script is assets/rounds.js."""

    def rounds(body: Body, person: Person) -> Body:
        return {"rounds": training.rounds_view(studio), "waiting": studio.device.waiting()}

    def plan(body: Body, person: Person) -> Body:
        return asdict(training.plan(studio, choices_of(body), studio.device_info()))

    def start_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "train a round")
        return {"round": training.start_round(studio, choices_of(body), person.name)}

    def cancel_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "cancel a round")
        training.cancel_round(studio, inputs.integer(body.get("round"), "The round", 1, 10**6))
        return {}

    script_panel("rounds", [rounds, plan, start_round, cancel_round])


def choices_of(body: Body) -> Choices:
    """The choices of a page's form. Raises CitingError for a value that no round can have."""
    items = inputs.optional_integer(body.get("items"), "The number of revisions", 1, 1_000_000)
    parent = inputs.optional_integer(body.get("parent"), "The parent round", 1, 10**6)
    return Choices(**chosen_words(body, ("objective",)), items=items, parent=parent)


def chosen_words(body: Body, names: Sequence[str]) -> dict[str, Any]:
    """Those of the words `names` that a form has given, as texts; whoever takes them checks them."""
    return {name: inputs.text(body[name], f"The {name}", 40) for name in names if body.get(name) is not None}
