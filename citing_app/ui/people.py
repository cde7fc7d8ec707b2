"""Who asks, and whether they may. Hidden buttons protect nothing: every handler that matters asks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from citing_app.errors import Refused
from citing_app.types import Person

Asked = TypeVar("Asked", bound=Callable[..., Any])


def person(request: gr.Request) -> Person:
    """Who sent this request, as the host's door found out. Raises Refused where nobody was let in."""
    found = getattr(request.state, "person", None)
    if not isinstance(found, Person):
        raise Refused("Log in first.")
    return found


def owner(request: gr.Request, what: str) -> Person:
    """The owner who sent this request; raises Refused for anyone else, saying that only an owner may do `what`."""
    found = person(request)
    ensure_owner(found, what)
    return found


def ensure_owner(person: Person, what: str) -> None:
    """Raise Refused unless this person is an owner, saying that only an owner may do `what`."""
    if not person.is_owner:
        raise Refused(f"Only an owner may {what}; ask one of your team's.")


def owners_may(what: str) -> Callable[[Asked], Asked]:
    """Declare a server function or an endpoint that only an owner may ask; who may not is told before what is wrong."""

    def declared(function: Asked) -> Asked:
        function.__dict__["owners_may"] = what
        return function

    return declared


def asking(function: Callable[..., Any], request: gr.Request) -> Person:
    """Who asks this function. Raises Refused where nobody was let in, or another than an owner may not ask it."""
    found, what = person(request), getattr(function, "owners_may", None)
    if what is not None:
        ensure_owner(found, what)
    return found
