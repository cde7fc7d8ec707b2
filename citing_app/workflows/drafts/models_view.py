"""The models that the Teacher page lists: where each is, how it is asked, what it costs, and how its test went."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TypedDict
from urllib.parse import urlsplit

from citing_app.method.judging import MAX_TOKENS as MOST_OF_A_JUDGE
from citing_app.models.chat_model import ChatModel
from citing_app.models.providers import PROVIDERS, provider_at
from citing_app.models.teacher import MAX_TOKENS, REFERENCE
from citing_app.running.jobs import Jobs
from citing_app.settings import Settings
from citing_app.store import spending as paid
from citing_app.workflows.calls.models import Role, Stored, key_for, usual_timeout
from citing_app.workflows.calls.requests import ModelSettings
from citing_app.workflows.drafts.adding import settings_of
from citing_app.workflows.drafts.checking import check_job
from citing_app.workflows.studio import Studio

_BY_URL = "CITING_TEACHER_KEYS"
"""The variable that holds keys by URL, for servers of no provider."""


class CheckView(TypedDict):
    """How the test of a connection goes."""

    state: str
    message: str


class UsualView(TypedDict):
    """What counts where a setting is left out."""

    timeout: int
    longest_answer: int
    connections: int


class PlaceView(TypedDict):
    """A model by its name here, what its `server` calls it, and the variable that its key is looked for in.

    `is_given`: the app was started with it.
    """

    name: str
    model: str
    server: str
    is_given: bool
    is_local: bool
    has_key: bool
    key: str
    connections: int


class ModelView(PlaceView):
    """A model, and how it is asked: its `settings` are for owners alone, as a header may be nobody else's business, and
    so is the `url` of one that was added.

    `judges`: it judges beside teaching. `is_free`: see `PaidTeacherView`.
    """

    judges: bool
    price: dict[str, Any] | None
    is_free: bool
    settings: dict[str, Any] | None
    url: str | None
    usual: UsualView
    check: CheckView | None


class ModelsView(TypedDict):
    """Who teaches, and the models that judge and do not teach; `has_reference`: the data sets' answers teach too."""

    has_reference: bool
    teachers: list[ModelView]
    judges: list[ModelView]


class ProviderView(TypedDict):
    """A ready-made entry, and whether the key that it may be sent was found."""

    name: str
    title: str
    url: str
    model: str
    hint: str
    variable: str | None
    has_key: bool


def models_view(studio: Studio, is_owner: bool) -> ModelsView:
    """Every model; how each is asked is told to owners."""
    stored = Stored.of(studio.store)
    with studio.store.read() as cursor:
        prices = paid.prices(cursor)
    urls = {one.name: one.url for one in stored.added} if is_owner else {}
    judging = {judge.name for judge in studio.judges}
    teaching = {teacher.name for teacher in studio.teachers}

    def view(model: ChatModel, role: Role) -> ModelView:
        price = prices.get(model.name)
        return {
            **_place(model, stored),
            "judges": role == "teacher" and model.name in judging,
            "price": None if price is None else asdict(price),
            "is_free": price is None and model.is_loopback,
            "settings": settings_of(stored.settings.get(model.name, ModelSettings())) if is_owner else None,
            "url": urls.get(model.name),
            "usual": _usual(studio.settings, model, role),
            "check": _check(studio.jobs, model.name),
        }

    return {
        "has_reference": REFERENCE.name in teaching,
        "teachers": [view(one.model, "teacher") for one in studio.teachers if one.model],
        "judges": [view(one.model, "judge") for one in studio.judges if one.model and one.name not in teaching],
    }


def providers_view(studio: Studio) -> list[ProviderView]:
    """The ready-made entries, as a form offers them."""
    settings = studio.settings
    return [
        {
            "name": one.name,
            "title": one.title,
            "url": one.url,
            "model": one.model,
            "hint": one.hint,
            "variable": one.variable,
            "has_key": key_for(settings, one.url) is not None,
        }
        for one in PROVIDERS
    ]


def _place(model: ChatModel, stored: Stored) -> PlaceView:
    """Who it is and where, without a password in its URL."""
    server, provider = urlsplit(model.url), provider_at(model.url)
    return {
        "name": model.name,
        "model": model.served_as or model.name,
        "server": f"{server.hostname}:{server.port}" if server.port else str(server.hostname),
        "is_given": model.name not in [one.name for one in stored.added],
        "is_local": model.is_loopback,
        "has_key": model.has_key,
        "key": (provider.variable if provider else None) or _BY_URL,
        "connections": model.connections,
    }


def _usual(settings: Settings, model: ChatModel, role: Role) -> UsualView:
    return {
        "timeout": usual_timeout(model.url, role),
        "longest_answer": MAX_TOKENS if role == "teacher" else MOST_OF_A_JUDGE,
        "connections": settings.teacher_connections,
    }


def _check(jobs: Jobs, name: str) -> CheckView | None:
    job = jobs.get(check_job(name))
    return None if job is None else {"state": job.state, "message": job.message}
