"""Whether a model behind an endpoint answers: one short question, asked like any other."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from citing_app.errors import CitingError
from citing_app.method.prompts import prompt_hash, render
from citing_app.method.replies import answer_text
from citing_app.models.chat_model import Call, ChatModel
from citing_app.models.judge import Judge
from citing_app.models.teacher import Teacher
from citing_app.running.jobs import Job
from citing_app.store.database import Store
from citing_app.workflows.calls.asking import ask
from citing_app.workflows.calls.questions import Question
from citing_app.workflows.studio import Studio


def check_job(name: str) -> str:
    """The job that tests the connection to this teacher."""
    return f"check_teacher {name}"


def start_check(studio: Studio, name: str) -> None:
    """Ask a teacher for one short answer, in the background."""
    model_of([*studio.teachers, *studio.judges], name)  # one that is not there is told at once

    def work(job: Job) -> str:
        return check_now(studio, name, job)  # a retry asks it as it is set by then

    studio.jobs.start(check_job(name), f"Testing {name}", work)


def check_now(studio: Studio, name: str, job: Job) -> str:
    """The same in the calling thread; see `check`."""
    return check(studio.store, model_of([*studio.teachers, *studio.judges], name), job)


def check(store: Store, model: ChatModel, job: Job) -> str:
    """One sentence on how a short question to the model went. Raises CitingError where it did not go well."""
    prompt = render("check", number=uuid.uuid4().hex[:8])  # never the same twice, or the ledger would answer
    call = Call(({"role": "user", "content": prompt},), max_tokens=64, is_brief=True)
    asked = Question("check", call, prompt_hash("check"), lambda reply: answer_text(reply, ""))
    (answer,) = ask(store, model, [asked], job, "testing")
    if answer.outcome in ("ok", "truncated", "empty"):
        return f"{model.name} answered in {answer.seconds:.1f} seconds."
    raise CitingError(f"{model.name} gave no usable answer: {answer.reason}")


def model_of(every: Sequence[Teacher | Judge], name: str) -> ChatModel:
    """The chat model of the teacher or judge `name`. Raises CitingError where there is none."""
    for teacher in every:
        if teacher.name == name and teacher.model:
            return teacher.model
    raise CitingError("There is no model of that name among the teachers; add it on the Teacher page.")
