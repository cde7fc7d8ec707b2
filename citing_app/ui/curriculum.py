"""The curriculum page: the whole algorithm started with one button, watched stage by stage, paused at any of them."""

from __future__ import annotations

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.ui.rounds import chosen_words, replayed
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.settings import LARGEST_SAMPLE, CurriculumSettings
from citing_app.workflows.curriculum.view import curricula_view, offered
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.studio import Studio

_WORDS = ("objective", "adapter", "tokens", "order", "launcher")


def curriculum_page(studio: Studio) -> None:
    """Draw the page; its script is assets/curriculum.js."""

    def curricula(body: Body, person: Person) -> Body:
        return {"curricula": curricula_view(studio), **offered(studio)}

    def start_curriculum(body: Body, person: Person) -> Body:
        ensure_owner(person, "start a curriculum")
        return {"curriculum": control.start(studio, _settings(body), person.name)}

    def pause_curriculum(body: Body, person: Person) -> Body:
        ensure_owner(person, "pause a curriculum")
        control.pause(studio, _number(body))
        return {}

    def continue_curriculum(body: Body, person: Person) -> Body:
        ensure_owner(person, "continue a curriculum")
        control.go_on(studio, _number(body))
        return {}

    def cancel_curriculum(body: Body, person: Person) -> Body:
        ensure_owner(person, "cancel a curriculum")
        control.cancel(studio, _number(body))
        return {}

    functions = [curricula, start_curriculum, pause_curriculum, continue_curriculum, cancel_curriculum]
    script_panel("curriculum", functions)


def _number(body: Body) -> int:
    return inputs.integer(body.get("curriculum"), "The curriculum", 1, 10**6)


def _settings(body: Body) -> CurriculumSettings:
    """The settings of the form. Raises CitingError for what no curriculum can be."""
    trusted = body.get("trusted", [])
    if not isinstance(trusted, list) or len(trusted) > 1000:
        raise CitingError("The trusted categories are a list of names.")
    below = inputs.optional_number(body.get("below"), "The largest edit to accept", 0, 1)
    return CurriculumSettings(
        rounds=inputs.integer(body.get("rounds", 3), "The number of rounds", 1, 100),
        items=inputs.integer(body.get("items", 64), "The number of instructions", 1, LARGEST_SAMPLE),
        sft=body.get("sft") is True,
        below=0.3 if below is None else below,
        trusted=tuple(inputs.text(name, "A category", 200) for name in trusted),
        choices=Choices(**chosen_words(body, _WORDS), replay=replayed(body)),
        evaluate=inputs.text(body.get("evaluate") or "", "The data set", 200) or None,
        evaluate_items=inputs.integer(body.get("evaluate_items", 32), "The number of answers", 0, 10_000),
        **chosen_words(body, ("sampling", "decide", "rest")),
    )
