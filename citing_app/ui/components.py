"""The parts that pages are made of: script panels with checked server functions, and the strip of jobs."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_type_hints

import gradio as gr

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui.people import asking, owners_may
from citing_app.workflows.job_names import OneJob, is_retried
from citing_app.workflows.people import accounts
from citing_app.workflows.request import Request
from citing_app.workflows.rounds.queue import with_waiting
from citing_app.workflows.status import status
from citing_app.workflows.studio import Studio

Body = Mapping[str, Any]
ServerFunction = Callable[[Any, Person], Any]
"""It says by its first annotation what it is asked, and answers with JSON."""
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


def answering(function: ServerFunction) -> Callable[[Any, gr.Request], Any]:
    """`function`, told what is asked, checked by the model that it declares, and by whom.

    Its CitingError is answered as `{"error": sentence}`: Gradio would make any exception a bare 500.
    """
    asked_for = request_of(function)

    def answer(body: Any, request: gr.Request) -> Any:
        try:
            who = asking(function, request)
            return function(asked_for.of(body), who)
        except CitingError as error:
            return {"error": sendable(error)}
        except Exception:
            log.exception("%s failed", function.__name__)
            return {"error": "Something went wrong here; the log has the details."}

    answer.__name__ = function.__name__
    return answer


def request_of(function: Callable[..., Any]) -> type[Request]:
    """The model of what a server function is asked: the annotation of its first parameter."""
    asked_for: type[Request] = next(iter(get_type_hints(function).values()))
    return asked_for


def strip(studio: Studio) -> gr.HTML:
    """What runs, what waits and what failed, on top of every page."""

    @owners_may("cancel a job")
    def cancel_job(asked: OneJob, person: Person) -> Body:
        studio.jobs.cancel(asked.name)
        return {}

    @owners_may("dismiss a job")
    def dismiss_job(asked: OneJob, person: Person) -> Body:
        job = studio.jobs.get(asked.name)
        if job is not None:
            job.dismissed = True
        return {}

    @owners_may("retry a job")
    def retry_job(asked: OneJob, person: Person) -> Body:
        if not is_retried(asked.name):
            raise CitingError("A round or a curriculum is not run again from here; its own page says how it goes on.")
        studio.jobs.retry(asked.name)
        return {}

    def live_status(asked: Request, person: Person) -> Body:
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


def sentence_html(error: CitingError) -> str:
    """Why nothing was done: it stays on the page until the next try, where a toast would fade."""
    return f'<div class="notice" role="alert">{html.escape(str(error))}</div>'
