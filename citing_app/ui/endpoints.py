"""The endpoints: what programs do most, by stable names with typed arguments: a request and a workflow.

They go through Gradio's bounded queue, which passes on whatever it is sent: the request checks it.
"""

from __future__ import annotations

import functools
import operator
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from inspect import Parameter, Signature
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import gradio as gr
from gradio.events import api

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui.components import as_gradio_error, request_of
from citing_app.ui.people import asking, owners_may
from citing_app.workflows import exporting_data, first_start
from citing_app.workflows.adapters import blending, exporting
from citing_app.workflows.adapters.requests import Blend, ExportAdapter
from citing_app.workflows.candidates import sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.chats import chatting
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.desk import deciding, reviewing, sending_back, triage
from citing_app.workflows.desk.requests import Decide, ItemFilter, OneItem, Queue, SendBack, Undo
from citing_app.workflows.drafts import starting
from citing_app.workflows.drafts.requests import Draft, Revise
from citing_app.workflows.evaluation.arena import revealing, voting
from citing_app.workflows.evaluation.arena.handing import one_pair
from citing_app.workflows.evaluation.arena.requests import NextPair, OneSession, TakeBackVote, Vote
from citing_app.workflows.evaluation.figures import measuring
from citing_app.workflows.evaluation.judge import comparing
from citing_app.workflows.evaluation.judge.comparisons_view import comparisons_view
from citing_app.workflows.evaluation.report.writing import report_among
from citing_app.workflows.evaluation.requests import Compare, Evaluate, ListComparisons, SaveReport
from citing_app.workflows.exporting_data import Export
from citing_app.workflows.models import fetching
from citing_app.workflows.models.listing import models_view
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.race import control
from citing_app.workflows.race.settings import StartRace
from citing_app.workflows.race.view import races_list, whole_race
from citing_app.workflows.request import Request
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.choices import Choices, StartRound
from citing_app.workflows.rounds.requests import OneRound
from citing_app.workflows.rounds.view import rounds_view
from citing_app.workflows.studio import Studio

Endpoint = Callable[[Any, Person], Any]
"""It says by its annotations what it is asked and what it answers; its docstring is what the API page shows."""
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "queue": ("limit",),
    "decide": ("item", "version", "kind", "request_id", "final_text", "kept_hunks", "changes", "revision", "note"),
    "sample": ("items", "k", "round", "reward", "seed", "accepted"),
    "start_round": (
        *("objective", "items", "parent", "kind"),
        *("learning_rate", "epochs", "steps", "validate_on", "patience", "reward", "criterion", "candidates"),
    ),
    "chat": ("message", "model", "self_revise", "strength", "temperature", "length", "system", "seed"),
    "export": ("ending", "shape", "learned_by", "for_excel", *ItemFilter.model_fields),
}
"""The fields, in their order, that these endpoints take; the others take all of their request."""


def add_endpoints(studio: Studio) -> None:
    """Add every endpoint; docs/endpoints.md lists them."""

    def queue(asked: Queue, person: Person) -> dict[str, Any]:
        return triage.asked_queue(studio.store, studio.leases, studio.vectors, person.name, asked)

    def item(asked: OneItem, person: Person) -> dict[str, Any]:
        return reviewing.item(studio.store, asked.item, person.name)

    def decide(asked: Decide, person: Person) -> dict[str, Any]:
        return deciding.decide(studio.store, studio.journal, studio.leases, deciding.asked_by(person, asked))

    def undo(asked: Undo, person: Person) -> dict[str, Any]:
        return deciding.undo(studio.store, studio.journal, person.name, asked.request_id, asked.item)

    @owners_may("send an item back")
    def send_back(asked: SendBack, person: Person) -> dict[str, Any]:
        return sending_back.send_back(studio.store, studio.journal, person, asked)

    @owners_may("ask for drafts")
    def draft(asked: Draft, person: Person) -> str:
        starting.start_drafts(studio, asked.items, asked.round)
        return "started"

    @owners_may("ask for revisions")
    def revise(asked: Revise, person: Person) -> str:
        starting.start_revisions(studio, asked.items)
        return "started"

    @owners_may("sample candidates")
    def sample(asked: Sample, person: Person) -> str:
        sampling.start_sampling(studio, asked)
        return "started"

    @owners_may("train a round")
    def start_round(asked: StartRound, person: Person) -> int:
        return training.start_round(studio, Choices.by(asked), person.name)

    @owners_may("cancel a round")
    def cancel_round(asked: OneRound, person: Person) -> str:
        training.cancel_round(studio, asked.round)
        return "asked to stop"

    @owners_may("blend adapters")
    def blend(asked: Blend, person: Person) -> int:
        return blending.blended_round(studio, asked, person.name)

    def rounds(asked: Request, person: Person) -> list[dict[str, Any]]:
        return [dict(one) for one in rounds_view(studio)]

    @owners_may("start a race")
    def race(asked: StartRace, person: Person) -> int:
        return control.start(studio, asked, person.name)

    def races(asked: Request, person: Person) -> list[dict[str, Any]]:
        return [dict(whole_race(studio, one["id"])) for one in races_list(studio)]

    def chat(asked: Chat, person: Person) -> Iterator[dict[str, Any]]:
        return map(asdict, chatting.chat(studio, asked))

    @owners_may("measure models")
    def evaluate(asked: Evaluate, person: Person) -> str:
        measuring.start(studio, asked)
        return "started"

    @owners_may("compare models")
    def compare(asked: Compare, person: Person) -> str:
        comparing.start(studio, asked)
        return "started"

    def comparisons(asked: ListComparisons, person: Person) -> dict[str, Any]:
        return dict(comparisons_view(studio, asked))

    @owners_may("save a report")
    def report(asked: SaveReport, person: Person) -> str:
        return str(report_among(studio, asked.ending))

    @owners_may("export")
    def export(asked: Export, person: Person) -> dict[str, Any]:
        path, card, made = exporting_data.export_among(studio, asked)
        return {**made.told, "shape": asked.shape, "file": str(path), "card": str(card)}

    @owners_may("export an adapter")
    def export_adapter(asked: ExportAdapter, person: Person) -> dict[str, Any]:
        return {"file": str(exporting.start_export(studio, asked.round, asked.form))}

    def pair(asked: NextPair, person: Person) -> dict[str, Any]:
        return dict(one_pair(voting.next_pair(studio, asked, person)))

    def vote(asked: Vote, person: Person) -> dict[str, Any]:
        return dict(one_pair(voting.vote(studio, asked, person)))

    def undo_vote(asked: TakeBackVote, person: Person) -> dict[str, Any]:
        return dict(one_pair(voting.take_back(studio, asked, person)))

    def reveal(asked: OneSession, person: Person) -> dict[str, Any]:
        return dict(revealing.reveal(studio, asked, person))

    def students(asked: Request, person: Person) -> dict[str, Any]:
        return dict(models_view(studio))

    @owners_may("download a student")
    def fetch_student(asked: OneStudent, person: Person) -> str:
        fetching.start(studio, asked)
        return "started"

    @owners_may("choose the student")
    def use_student(asked: OneStudent, person: Person) -> str:
        return first_start.use_student(studio, asked)

    student_ones = (students, fetch_student, use_student)
    reviewing_ones = (queue, item, decide, undo, send_back, draft, revise)
    rounds_ones = (sample, start_round, cancel_round, blend, export_adapter, rounds, race, races)
    evaluation_ones = (evaluate, compare, comparisons, pair, vote, undo_vote, reveal, report)
    for function in (*reviewing_ones, *rounds_ones, *evaluation_ones, *student_ones, export):
        api(_answering(function), api_name=function.__name__)
    api(_answering_bit_by_bit(chat), api_name="chat")


def _answering(function: Endpoint) -> Callable[..., Any]:
    """`function` as Gradio calls it, with the arguments of its request, and its CitingError as the answer."""
    asked_for, names = request_of(function), _names(function)

    def answer(request: gr.Request, *values: Any) -> Any:
        try:
            who = asking(function, request)
            return function(asked_for.of(_body(names, values)), who)
        except CitingError as error:
            raise as_gradio_error(error) from error

    return _declared(answer, function)


def _answering_bit_by_bit(function: Endpoint) -> Callable[..., Any]:
    """The same for a function that answers bit by bit."""
    asked_for, names = request_of(function), _names(function)

    def answer(request: gr.Request, *values: Any) -> Any:
        try:
            who = asking(function, request)
            yield from function(asked_for.of(_body(names, values)), who)
        except CitingError as error:
            raise as_gradio_error(error) from error

    return _declared(answer, function)


def _body(names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    """The arguments by name, with a new request id where it was left out."""
    body = dict(zip(names, values, strict=True))
    return {**body, "request_id": body["request_id"] or uuid.uuid4().hex} if "request_id" in body else body


def _names(function: Endpoint) -> tuple[str, ...]:
    return ARGUMENTS.get(function.__name__, tuple(request_of(function).model_fields))


def _declared(answer: Callable[..., Any], function: Endpoint) -> Callable[..., Any]:
    """`answer` with the signature and the documentation that Gradio reads: of its request, and what is answered."""
    asked_for, names = request_of(function), _names(function)
    parameters = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)]
    parameters += [_parameter(asked_for, name) for name in names]
    answered = _answer_type(function)
    answer.__signature__ = Signature(parameters, return_annotation=answered)  # type: ignore[attr-defined]
    answer.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": answered}
    lines = [f"    {name}: {asked_for.takes(name).about}" for name in names]
    answer.__doc__ = "\n".join([str(asked_for.__doc__).split("\n")[0], "", "Args:", *lines])
    answer.__name__ = function.__name__
    return answer


def _parameter(asked_for: type[Request], name: str) -> Parameter:
    """A field as an argument. A request id may be left out: the call is then a request of its own."""
    field = asked_for.model_fields[name]
    default = "" if name == "request_id" else Parameter.empty if field.is_required() else field.default
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=_sent(field.annotation))


def _sent(annotation: Any) -> Any:
    """What is sent for a field of this type, which JSON knows: a text for a word, a list for a tuple."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return str
    if origin is tuple:
        return list[inner[0]]  # type: ignore[valid-type]
    if origin in (Union, UnionType):
        return functools.reduce(operator.or_, map(_sent, inner))
    return annotation


def _answer_type(function: Endpoint) -> Any:
    """What is answered; Gradio reads the annotation of a generator as that of its elements."""
    answered = get_type_hints(function)["return"]
    return get_args(answered)[0] if get_origin(answered) is Iterator else answered
