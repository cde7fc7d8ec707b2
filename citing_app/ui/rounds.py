"""The rounds page: one button trains on everything accepted; every round is watched live and found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.kinds import kinds_view
from citing_app.ui.people import ensure_owner
from citing_app.workflows.rounds import queue, supervising, training
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.view import made_from, round_view, rounds_list, untrained
from citing_app.workflows.studio import Studio


def rounds_page(studio: Studio) -> None:
    """Draw the page; its script is assets/rounds.js."""

    def rounds(body: Body, person: Person) -> Body:
        return {
            **rounds_list(studio, inputs.text(body.get("mark", ""), "The mark", 40)),
            "untrained": untrained(studio),
            "launchers": list(studio.launchers.named),
        }

    def round_detail(body: Body, person: Person) -> Body:
        return round_view(studio, _number(body), inputs.integer(body.get("seen", 0), "What was seen", 0, 10**9))

    def plan(body: Body, person: Person) -> Body:
        return asdict(training.plan(studio, choices_of(body), studio.device_info()))

    def start_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "train a round")
        return {"round": training.start_round(studio, choices_of(body), person.name)}

    def repeat_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "train a round")
        return {"round": training.repeat_round(studio, _number(body), person.name)}

    def resume_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "train a round")
        supervising.resume_round(studio, _number(body))
        return {}

    def move_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "reorder the queue")
        queue.move_round(studio, _number(body), body.get("up") is True)
        return {}

    def round_made_from(body: Body, person: Person) -> Body:
        return made_from(studio, _number(body))

    def cancel_round(body: Body, person: Person) -> Body:
        ensure_owner(person, "cancel a round")
        training.cancel_round(studio, _number(body))
        return {}

    looks = [rounds, round_detail, round_made_from, plan]
    acts = [start_round, cancel_round, repeat_round, resume_round, move_round]
    script_panel("rounds", [*looks, *acts], given=kinds_view())


def _number(body: Body) -> int:
    return inputs.integer(body.get("round"), "The round", 1, 10**6)


def choices_of(body: Body) -> Choices:
    """The choices of a page's form. Raises CitingError for a value that no round can have."""
    items = inputs.optional_integer(body.get("items"), "The number of revisions", 1, 1_000_000)
    parent = inputs.optional_integer(body.get("parent"), "The parent round", 1, 10**6)
    words = chosen_words(body, ("kind", "objective", "adapter", "tokens", "order", "launcher"))
    with_validation = body.get("with_validation") is True
    return Choices(**words, items=items, parent=parent, replay=replayed(body), with_validation=with_validation)


def replayed(body: Body) -> float:
    """The share of replayed answers that a form has given, 0 where it has given none."""
    return inputs.optional_number(body.get("replay"), "The share of replayed answers", 0, 1) or 0.0


def chosen_words(body: Body, names: Sequence[str]) -> dict[str, Any]:
    """Those of the words `names` that a form has given, as texts; whoever takes them checks them."""
    return {name: inputs.text(body[name], f"The {name}", 40) for name in names if body.get(name) is not None}
