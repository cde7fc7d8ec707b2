"""A panel without a browser: its methods are called as they are, and Gradio gets them checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import gradio as gr
import pytest

from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.store.metrics import Metric
from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.evaluate import EvaluatePage
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.evaluation.figures.means import BEFORE
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.request import Request, Whole
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import old_means

OWNER, ANNOTATOR = Person("ada", "owner"), Person("ben", "annotator")


class Times(Request):
    """How often."""

    times: Annotated[int, Whole("The number", 1, 3)] = 1


class Example(Panel):
    """A panel with a method for all, one for owners and one for itself alone."""

    script = "example"

    @served
    def say(self, asked: Times, person: Person) -> Body:
        """For everybody."""
        return {"said": f"{person.name} " * asked.times}

    @served
    @owners_may("shout")
    def shout(self, asked: Times, person: Person) -> Body:
        """For owners."""
        raise CitingError("Not so loud.")

    def whisper(self, asked: Times, person: Person) -> Body:
        """For nobody outside."""
        return {"said": str(self.studio.settings.data_dir)}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    yield opened
    opened.close()


@pytest.fixture
def panel(studio: Studio) -> Example:
    return Example(studio, {"title": "Example"})


def from_outside(panel: Panel, name: str, body: Any, person: Person | None) -> Any:
    """What a browser is answered, by the way that Gradio goes."""
    function = getattr(panel, name)
    assert function._is_server_fn
    return function(body, SimpleNamespace(state=SimpleNamespace(person=person)))


def test_a_method_is_called_as_it_is_and_from_outside_under_a_name_of_its_own(panel: Example) -> None:
    assert panel.say(Times(times=2), OWNER) == {"said": "ada ada "}
    assert panel.get_config()["server_fns"] == ["served_say", "served_shout"]
    assert from_outside(panel, "served_say", {"times": "2"}, ANNOTATOR) == {"said": "ben ben "}


def test_what_comes_from_outside_is_checked_by_request_and_person(panel: Example) -> None:
    assert (
        from_outside(panel, "served_say", {"times": 9}, OWNER)["error"]
        == "The number is a whole number between 1 and 3."
    )
    assert from_outside(panel, "served_say", {}, None)["error"] == "Log in first."
    assert from_outside(panel, "served_shout", {"times": 9}, ANNOTATOR)["error"].startswith("Only an owner may shout")
    assert from_outside(panel, "served_shout", {}, OWNER)["error"] == "Not so loud."


def test_the_browser_is_told_nothing_of_what_a_panel_keeps(panel: Example) -> None:
    config = panel.get_config()
    assert str(panel.studio.settings.data_dir) not in json.dumps(config)
    assert config.keys() == {*gr.HTML(server_functions=[from_outside]).get_config()}
    assert 'server, "example", {"title": "Example"})' in config["js_on_load"]
    assert config["component_class_name"] == "Example"


def test_declaring_a_panel_writes_no_file() -> None:
    assert not Path(__file__).with_suffix(".pyi").exists()


def test_evaluate_shows_the_figures_by_test_set_and_says_what_is_wrong(studio: Studio) -> None:
    figures = [
        Metric("round 10", "test split", "draft", "loss", 2.5, 2.4, 2.6, 7),
        Metric("base", "test split", "draft", "loss", 3.0, 2.9, 3.1, 7),
        Metric("round 2", "held", "self-revision", "rouge_l", 0.2, 0.1, 0.3, 9),
    ]
    old_means(studio.store, figures)
    page = EvaluatePage(studio)
    shown = page.metrics(Request(), ANNOTATOR)
    assert {one["name"]: one["models"] for one in shown["sets"]} == {"test split": [0, 10], "held": [2]}
    (held,) = (one for one in shown["sets"] if one["name"] == "held")
    (figure,) = held["figures"]
    assert (figure["model"], figure["answer"], figure["metric"]) == (2, "self-revision", "rouge_l")
    assert (figure["value"], figure["low"], figure["high"], figure["n"]) == (0.2, 0.1, 0.3, 9)
    assert (figure["key"], figure["differences"], figure["note"]) == (None, [], BEFORE)
    with pytest.raises(CitingError, match="Name one to twenty models"):
        page.evaluate(Evaluate(models=()), OWNER)
