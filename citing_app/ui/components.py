"""The parts that pages are made of: script panels with checked server functions, and the strip of jobs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.people import ensure_owner, person
from citing_app.workflows.job_names import is_retried
from citing_app.workflows.people import accounts
from citing_app.workflows.rounds.queue import with_waiting
from citing_app.workflows.status import status
from citing_app.workflows.studio import Studio

Body = Mapping[str, Any]
ServerFunction = Callable[[Body, Person], Any]
_LONGEST_JOB = 300
"""Characters of a job's name, which may hold a model's."""
log = logging.getLogger(__name__)


def script_panel(script: str, functions: Sequence[ServerFunction], given: Any = None) -> gr.HTML:
    """A component that one of our scripts draws; `functions` are what it may ask of the server.

    `given` is handed to the script as JSON: what does not change while the app runs.
    """
    return gr.HTML(
        html_template='<div class="opening">Opening …</div>',
        js_on_load=f"studio.{script}(element, server, {json.dumps(given)})",
        server_functions=[answering(function) for function in functions],
        apply_default_css=False,
        elem_classes=["script-panel"],
    )


def answering(function: ServerFunction) -> Callable[[Body, gr.Request], Any]:
    """`function`, told who asks, with its CitingError as `{"error": sentence}`.

    Gradio would make any exception a bare 500.
    """

    def answer(body: Body, request: gr.Request) -> Any:
        try:
            if not isinstance(body, dict):
                raise CitingError("The request is not an object with named fields.")
            return function(body, person(request))
        except CitingError as error:
            return {"error": sendable(error)}
        except Exception:
            log.exception("%s failed", function.__name__)
            return {"error": "Something went wrong here; the log has the details."}

    answer.__name__ = function.__name__
    return answer


def strip(studio: Studio) -> gr.HTML:
    """What runs, what waits and what failed, on top of every page."""

    def cancel_job(body: Body, person: Person) -> Body:
        ensure_owner(person, "cancel a job")
        studio.jobs.cancel(inputs.text(body.get("name"), "The job", _LONGEST_JOB))
        return {}

    def dismiss_job(body: Body, person: Person) -> Body:
        ensure_owner(person, "dismiss a job")
        job = studio.jobs.get(inputs.text(body.get("name"), "The job", _LONGEST_JOB))
        if job is not None:
            job.dismissed = True
        return {}

    def retry_job(body: Body, person: Person) -> Body:
        ensure_owner(person, "retry a job")
        name = inputs.text(body.get("name"), "The job", _LONGEST_JOB)
        if not is_retried(name):
            raise CitingError("A round or a curriculum is not run again from here; its own page says how it goes on.")
        studio.jobs.retry(name)
        return {}

    def live_status(body: Body, person: Person) -> Body:
        found = status(studio)
        me = asdict(person) if accounts.exist(studio.store) else None
        return {**found, "jobs": with_waiting(studio, found["jobs"]), "me": me}

    live_status.__name__ = "status"
    return script_panel("strip", [live_status, cancel_job, dismiss_job, retry_job])


def as_gradio_error(error: CitingError) -> gr.Error:
    """A CitingError as the toast and the endpoint's answer; its sentence is all that anyone sees."""
    return gr.Error(sendable(error), duration=8, print_exception=False)


def sendable(error: CitingError) -> str:
    """Its sentence; half a character that it repeats from the request, which UTF-8 cannot hold, as a question mark."""
    return str(error).encode("utf-8", "replace").decode("utf-8")
