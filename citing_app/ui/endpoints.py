"""The endpoints: everything a button does, by stable names with typed arguments, over the same workflows.

They go through Gradio's bounded queue. Types are checked here: Gradio passes on whatever it is sent.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr
from gradio.events import api

from citing_app.errors import CitingError
from citing_app.kinds import DEFAULT
from citing_app.ui import inputs
from citing_app.ui.chat import round_number
from citing_app.ui.components import as_gradio_error
from citing_app.ui.data import make_export
from citing_app.ui.people import owner, person
from citing_app.ui.review import decision_request
from citing_app.ui.rounds import choices_of
from citing_app.workflows import chatting
from citing_app.workflows.desk import deciding, reviewing
from citing_app.workflows.drafts import starting
from citing_app.workflows.evaluation import measuring
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.view import rounds_view
from citing_app.workflows.studio import Studio

P = ParamSpec("P")
R = TypeVar("R")


def add_endpoints(studio: Studio) -> None:
    """Add the endpoints `queue`, `item`, `decide`, `undo`, `draft`, `revise`, rounds, `chat`, `evaluate`, `export`."""

    def queue(request: gr.Request, limit: int = 8) -> dict[str, Any]:
        count = inputs.integer(limit, "The number of items", 1, 50)
        return reviewing.queue(studio.store, studio.leases, person(request).name, count)

    def item(request: gr.Request, item: int) -> dict[str, Any]:
        return reviewing.item(studio.store, inputs.item(item), person(request).name)

    def decide(
        request: gr.Request,
        item: int,
        version: int,
        kind: str,
        request_id: str = "",
        final_text: str | None = None,
        kept_hunks: list[int] | None = None,
        changes: bool = False,
        revision: int | None = None,
    ) -> dict[str, Any]:
        if final_text is not None and kind != "edit":
            raise CitingError("Only an edit brings a final text; the decision was not made.")
        body = {"item": item, "version": version, "kind": kind, "final_text": final_text}
        body |= {"kept_hunks": kept_hunks, "changes": changes, "request_id": request_id or uuid.uuid4().hex}
        body["revision"] = revision
        return deciding.decide(studio.store, studio.journal, decision_request(body, person(request)))

    def undo(request: gr.Request, item: int | None = None, request_id: str = "") -> dict[str, Any]:
        wanted = inputs.optional_integer(item, "The item", 1, 2**62)
        known = inputs.text(request_id, "The request id", 100) or uuid.uuid4().hex
        return deciding.undo(studio.store, studio.journal, person(request).name, known, wanted)

    def draft(request: gr.Request, items: int = 16, round: int | None = None) -> str:
        owner(request, "ask for drafts")
        number = inputs.optional_integer(round, "The round", 1, 10**6)
        starting.start_drafts(studio, inputs.integer(items, "The number of drafts", 1, 10_000), number)
        return "started"

    def revise(request: gr.Request, items: int = 16) -> str:
        owner(request, "ask for revisions")
        starting.start_revisions(studio, inputs.integer(items, "The number of revisions", 1, 10_000))
        return "started"

    def start_round(
        request: gr.Request,
        objective: str = "both",
        items: int | None = None,
        parent: int | None = None,
        kind: str = DEFAULT,
    ) -> int:
        started_by = owner(request, "train a round").name
        choices = choices_of({"kind": kind, "objective": objective, "items": items, "parent": parent})
        return training.start_round(studio, choices, started_by)

    def cancel_round(request: gr.Request, round: int) -> str:
        owner(request, "cancel a round")
        training.cancel_round(studio, inputs.integer(round, "The round", 1, 10**6))
        return "asked to stop"

    def rounds() -> list[dict[str, Any]]:
        return rounds_view(studio)

    def chat(message: str, model: str = "base", self_revise: bool = False) -> dict[str, Any]:
        question = [{"role": "user", "content": inputs.text(message, "The message", chatting.LONGEST_MESSAGE)}]
        if not isinstance(self_revise, bool):
            raise CitingError("Self-revision is true or false.")
        answers = chatting.chat(studio, question, round_number(str(model)), self_revise)
        # Gradio reads the annotation of a generator as that of its elements.
        return cast(dict[str, Any], map(asdict, answers))

    def evaluate(request: gr.Request, models: list[str], dataset: str = "", items: int = 100) -> str:
        owner(request, "measure models")
        if not isinstance(models, list) or not 1 <= len(models) <= 20:
            raise CitingError("Name one to twenty models: base, or the number of a round.")
        numbers = [round_number(str(model)) for model in models]
        count = inputs.integer(items, "The number of instructions", 1, 5000)
        measuring.start(studio, numbers, inputs.text(dataset, "The data set", 100) or None, count)
        return "started"

    def export(request: gr.Request, ending: str = ".jsonl", shape: str = "full") -> dict[str, Any]:
        owner(request, "export")
        path, made = make_export(studio, ending, shape)
        return {"exported": made.rows, "left_out": made.left_out, "shape": shape, "file": str(path)}

    for function in (queue, item, decide, undo, draft, revise, start_round, cancel_round, rounds, evaluate, export):
        api(told(function), api_name=function.__name__)
    api(told_each(chat), api_name="chat")


def told(function: Callable[P, R]) -> Callable[P, R]:
    """`function` with its CitingError as the endpoint's answer."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except CitingError as error:
            raise as_gradio_error(error) from error

    return call


def told_each(function: Callable[P, R]) -> Callable[P, Iterator[R]]:
    """The same for a function that answers bit by bit."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[R]:
        try:
            yield from cast(Iterator[R], function(*args, **kwargs))
        except CitingError as error:
            raise as_gradio_error(error) from error

    return call
