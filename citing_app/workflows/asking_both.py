"""Two models asked the same prompt of a person's own: their answers are kept, and come back as one blind pair."""

from __future__ import annotations

import secrets
from typing import Annotated, TypedDict

from citing_app.errors import CitingError
from citing_app.method.arena import Candidate, lefts
from citing_app.method.identity import content_hash
from citing_app.running.jobs import Job
from citing_app.store import answers
from citing_app.store.answers import Answer
from citing_app.store.comparisons import comparison_of
from citing_app.types import Instruction, Person
from citing_app.workflows.chats.requests import LONGEST_MESSAGE
from citing_app.workflows.evaluation.arena.requests import StartSession
from citing_app.workflows.evaluation.arena.voting import begin
from citing_app.workflows.evaluation.figures.answering import Answerer, answerer, write_drafts
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.job_names import ASK_JOB
from citing_app.workflows.request import Many, Request, Text
from citing_app.workflows.students import MODEL, finished_rounds, number_of
from citing_app.workflows.studio import Studio


class AskBoth(Request):
    """The same prompt to two models."""

    message: Annotated[str, Text("The message", LONGEST_MESSAGE)]
    models: Annotated[tuple[str, ...], Many("The models", MODEL, most=2)]


class CanAsk(TypedDict):
    """The finished rounds that can be asked, newest first, and whether the person's prompt is being answered now.

    `failed` is the sentence that ended the last one, where it failed.
    """

    rounds: list[int]
    asking: bool
    failed: str | None


def can_ask(studio: Studio, person: Person) -> CanAsk:
    """Which models a person can ask."""
    job = studio.jobs.get(_job_of(person))
    return {
        "rounds": [row.number for row in finished_rounds(studio)],
        "asking": job is not None and job.state == "running",
        "failed": job.message if job is not None and job.state == "failed" else None,
    }


def start(studio: Studio, asked: AskBoth, person: Person) -> None:
    """Ask both in the background; a session of one pair is then the person's open one.

    Raises CitingError for a prompt that is empty, for other than two models, and for a round without an adapter.
    """
    if not asked.message.strip():
        raise CitingError("Write something first.")
    if len(set(asked.models)) != 2:
        raise CitingError("Choose two different models.")
    both = [answerer(studio, number_of(model)) for model in asked.models]

    def work(job: Job) -> str:
        ask_both(studio, asked.message, both, person, job)
        return "Both have answered."

    needs = [one.model.round for one in both if one.model.round is not None]
    studio.jobs.start(_job_of(person), "Asking both", work, needs=needs)


def ask_both(studio: Studio, message: str, both: list[Answerer], person: Person, job: Job) -> None:
    """Have both answer, keep what they said, and lay out their pair; names are shown after the vote.

    Raises CitingError where one cannot read the prompt, says nothing, or both say the same.
    """
    prompt = Instruction(0, content_hash(message, ""), message, "", "", "", "test")
    steps = Steps(job, len(both))
    written: list[Answer] = []
    for who in both:
        with studio.store.write() as cursor:
            answers.add_model(cursor, who.model)
        written += write_drafts(studio, who, [prompt], steps).values()
    if len(written) < 2:
        raise CitingError("The prompt is longer than the student reads.")
    one, other = (answer.text.strip() for answer in written)
    if not one or not other:
        raise CitingError("One of the models gave no answer, so there is nothing to vote on.")
    if one == other:
        raise CitingError("Both models gave the same answer, so there is nothing to vote on.")
    first, second = sorted(written, key=lambda answer: answer.key)
    comparison = comparison_of(prompt.hash, message, "", first.key, second.key)
    seed = secrets.token_hex(16)
    pair = Candidate(comparison.id, prompt.hash, (first.model, second.model))
    left = (first, second)[lefts([pair], seed, person.name)[comparison.id]]
    with studio.store.write() as cursor:
        begin(cursor, person.name, StartSession(reveal="each"), [(comparison, left.key)], seed)


def _job_of(person: Person) -> str:
    return f"{ASK_JOB}{person.name}"
