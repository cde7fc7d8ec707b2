"""The endpoints as Gradio has them: their arguments, and what holds for them as it does for a page's button."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from starlette.requests import Request

from citing_app.settings import Settings
from citing_app.types import Person
from citing_app.ui.endpoints import add_endpoints
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import pairs

ARGUMENTS = {
    "queue": ["limit"],
    "item": ["item"],
    "decide": ["item", "version", "kind", "request_id", "final_text", "kept_hunks", "changes", "revision", "note"],
    "undo": ["item", "request_id"],
    "send_back": ["item", "note", "to", "request_id"],
    "draft": ["items", "round"],
    "revise": ["items"],
    "sample": ["items", "k", "round", "reward", "seed", "accepted"],
    "start_round": [
        *("objective", "items", "parent", "kind"),
        *("learning_rate", "epochs", "steps", "validate_on", "patience", "reward", "criterion", "candidates"),
    ],
    "cancel_round": ["round"],
    "rounds": [],
    "race": [
        *("methods", "items", "rounds", "budget", "seeds", "seed", "rates", "parent", "datasets", "evaluate_items"),
        *("judge", "reward", "k"),
    ],
    "races": [],
    "blend": ["round", "strength", "mixed_with", "name"],
    "export_adapter": ["form", "round"],
    "chat": ["message", "model", "self_revise", "strength", "temperature", "length", "system", "seed"],
    "evaluate": ["models", "dataset", "items", "part"],
    "compare": [
        *("model", "opponents", "test_set", "items", "judge", "rubric", "reference", "answer", "closeness", "part"),
    ],
    "comparisons": ["test_set", "answer"],
    "export": [
        *("ending", "shape", "learned_by", "for_excel", "states", "category", "round", "teacher", "annotator"),
        *("dataset", "criterion", "similarity", "edit_size", "text", "stale", "curriculum"),
        *("note", "row_id", "metadata_key", "metadata_value"),
    ],
    "pair": ["pairs", "models", "answer", "test_set", "reveal"],
    "vote": ["pair", "prefer", "request_id", "articulate", "in_depth", "comprehensive", "seconds"],
    "undo_vote": ["session", "request_id"],
    "reveal": ["session"],
}
"""By their place, too, programs give them: an argument may only be added at the end."""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))
    import_rows(opened.store, pairs(3), "rows")
    yield opened
    opened.close()


@pytest.fixture
def blocks(studio: Studio) -> gr.Blocks:
    async def make() -> gr.Blocks:
        with gr.Blocks(analytics_enabled=False) as made:
            add_endpoints(studio)
        return made

    return asyncio.run(make())  # without a loop that runs, Gradio makes some and closes none


def endpoint(blocks: gr.Blocks, name: str, who: Person) -> Callable[..., Any]:
    (found,) = [one.fn for one in blocks.fns.values() if one.api_name == name]
    request = gr.Request(Request({"type": "http", "state": {"person": who}}))
    return lambda *values: found(request, *values)  # type: ignore[misc]


def test_arguments_have_their_names_places_and_help(blocks: gr.Blocks) -> None:
    info = blocks.get_api_info()["named_endpoints"]
    assert {name: [one["parameter_name"] for one in info[f"/{name}"]["parameters"]] for name in ARGUMENTS} == ARGUMENTS
    (limit,) = info["/queue"]["parameters"]
    assert (limit["type"], limit["parameter_default"]) == ({"type": "integer"}, 8)
    assert all(info[f"/{name}"]["description"] for name in ARGUMENTS)


def test_a_decision_releases_the_item_that_its_person_looked_at(studio: Studio, blocks: gr.Blocks) -> None:
    ada = Person("ada", "annotator")
    first, *_ = endpoint(blocks, "queue", ada)(3)["items"]
    assert studio.leases.of_others("bob")[first["id"]] == 1
    endpoint(blocks, "decide", ada)(first["id"], first["version"], "accept", "", None, None, False, None, "")
    assert studio.leases.of_others("bob")[first["id"]] == 0


def test_who_may_not_ask_is_told_so_before_what_is_wrong_with_it(blocks: gr.Blocks) -> None:
    with pytest.raises(gr.Error, match="Only an owner may ask for drafts"):
        endpoint(blocks, "draft", Person("ada", "annotator"))(0, None)
    with pytest.raises(gr.Error, match="number of drafts is a whole number between 1"):
        endpoint(blocks, "draft", Person("olga", "owner"))(0, None)
