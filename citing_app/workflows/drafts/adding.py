"""Teachers added, changed and removed while the app runs: stored, and in force for what begins from then on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from citing_app.errors import CitingError
from citing_app.models.addresses import checked_url
from citing_app.models.judge import Judge
from citing_app.models.providers import RESOURCE, provider_named
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.models.way import trusting
from citing_app.store import added_models, instructions, ledger, teachers
from citing_app.store.added_models import AddedModel
from citing_app.store.database import Cursor
from citing_app.store.teachers import Chosen
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.extras import looks_like_a_key
from citing_app.workflows.calls.models import Stored, key_for, make_judges, make_teachers, model_at
from citing_app.workflows.calls.requests import AddModel, ModelSettings, SetModel, SetPrice
from citing_app.workflows.drafts.checking import check_job, model_of
from citing_app.workflows.studio import Studio

Somebody = TypeVar("Somebody", Teacher, Judge)


def add_teacher(studio: Studio, asked: AddModel, author: str) -> str:
    """Add a model as a teacher, and as a judge where that is asked for; its name here.

    Raises CitingError for a name that is taken, and for a URL or a setting that no call can be sent with.
    """
    model = asked.model.strip()
    name = _checked_name(asked.name.strip() or model)
    url = _own_url(asked.url.strip() or provider_named(asked.provider).url, name)
    _ensure_sendable(studio, name, url, model, asked)
    with studio.changing_models:
        if name in {*(one.name for one in studio.teachers), *(one.name for one in studio.judges)}:
            raise CitingError(f"A teacher or judge named {name} already exists; choose another name.")
        with studio.store.write() as cursor:
            added_models.add(cursor, AddedModel(name, model, asked.provider, url, asked.as_judge), author)
            added_models.set_settings(cursor, name, settings_of(asked), author)
        _renew(studio)
    return name


def set_teacher(studio: Studio, asked: SetModel, author: str) -> None:
    """Change how a model is asked, and where one that was added is; a batch that has begun goes on as it was.

    Raises CitingError for a model that is not there, for the URL of one that the app was started with, and for a URL
    or a CA file that no call can be sent with.
    """
    name = asked.teacher
    model_of([*studio.teachers, *studio.judges], name)
    if asked.ca_file:
        trusting(asked.ca_file)
    with studio.changing_models:
        with studio.store.write() as cursor:
            _move(studio, cursor, asked)
            added_models.set_settings(cursor, name, settings_of(asked), author)
        _renew(studio)
    studio.jobs.forget(check_job(name))


def remove_teacher(studio: Studio, name: str, author: str) -> list[str]:
    """Remove a teacher that was added; the data sets that it was chosen for, which others revise from now on.

    What it wrote and cost stays. Raises CitingError for one that the app was started with, and while it is asked.
    """
    with studio.changing_models:
        with studio.store.write() as cursor:
            if name not in [one.name for one in added_models.added(cursor)]:
                model_of([*studio.teachers, *studio.judges], name)
                raise CitingError(f"{name} was set when the app started; start the app without it to remove it.")
            if studio.jobs.asks(name) or ledger.is_asked(cursor, name):
                raise CitingError(f"{name} has calls under way; wait for them to finish, or cancel the job.")
            left = _choose_others(cursor, name, author)
            added_models.remove(cursor, name)
        _renew(studio)
    studio.jobs.forget(check_job(name))
    return left


def set_price(studio: Studio, asked: SetPrice, author: str) -> None:
    """Say what a model's tokens cost. Raises CitingError for one that is not there."""
    model_of([*studio.teachers, *studio.judges], asked.teacher)
    spending.set_price(studio.store, asked.teacher, asked.sent, asked.answered, author)


def stored_settings(studio: Studio, name: str) -> ModelSettings:
    """What people have set of a model's settings."""
    return Stored.of(studio.store).settings.get(name, ModelSettings())


def settings_of(asked: ModelSettings) -> dict[str, Any]:
    """The settings alone, as they are stored."""
    return asked.model_dump(include=set(ModelSettings.model_fields))


def _checked_name(name: str) -> str:
    if not name or not name.isprintable():
        raise CitingError("Enter the model's name as its server knows it.")
    if name == REFERENCE.name:
        raise CitingError("The name “reference” is reserved for the data sets' own answers; choose another.")
    return name


def _own_url(url: str, name: str) -> str:
    """The URL as it is stored. Raises CitingError for one that no call can be sent to, or that holds a key."""
    if not url:
        raise CitingError("Enter the server's URL; one looks like http://127.0.0.1:8000/v1.")
    if RESOURCE in url:
        raise CitingError(f"Replace {RESOURCE} in the URL with the name of your Azure resource.")
    url = checked_url(url, name)
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.fragment or any(looks_like_a_key(one) for one, _ in parse_qsl(parts.query)):
        raise CitingError("The URL holds a password or a key, which is never stored; keys come from the environment.")
    with suppress(ValueError):
        if ip_address(parts.hostname or "").is_link_local:  # where clouds give out a machine's own credentials
            raise CitingError("A link-local address cannot be a teacher's server; enter the server's own address.")
    return url


def _move(studio: Studio, cursor: Cursor, asked: SetModel) -> None:
    """Keep another URL, where one is given; which key may go there is found by it alone."""
    one = next((one for one in added_models.added(cursor) if one.name == asked.teacher), None)
    if not asked.url.strip() or (one and asked.url == one.url):
        return
    if one is None:
        raise CitingError(
            f"{asked.teacher} was set when the app started, and so was its URL; start the app with another."
        )
    url = _own_url(asked.url, one.name)
    _ensure_sendable(studio, one.name, url, one.model, asked)
    added_models.move(cursor, one.name, url)


def _ensure_sendable(studio: Studio, name: str, url: str, model: str, asked: ModelSettings) -> None:
    """Raise CitingError for a key or a CA file with which no call could be sent."""
    model_at(studio.settings, name, url, key_for(studio.settings, url), "teacher", asked, model)
    if asked.ca_file:
        trusting(asked.ca_file)


def _choose_others(cursor: Cursor, name: str, author: str) -> list[str]:
    """Take the teacher from the data sets that it was chosen for; their names."""
    named = {dataset for dataset, *_ in instructions.datasets(cursor)}
    found = {one: row for one, row in teachers.chosen(cursor).items() if name in row.teachers}
    for dataset, row in found.items():
        others = tuple(one for one in row.teachers if one != name)
        teachers.choose(cursor, dataset, Chosen(others, row.style, row.rationale), author)
    return sorted(named & found.keys())


def _renew(studio: Studio) -> None:
    """Bring what is stored into force; a model that is asked as before keeps what it has learned of its server."""
    stored = Stored.of(studio.store)
    studio.teachers = _kept(studio.teachers, make_teachers(studio.settings, stored))
    studio.judges = _kept(studio.judges, make_judges(studio.settings, stored))


def _kept(before: Sequence[Somebody], now: Sequence[Somebody]) -> tuple[Somebody, ...]:
    known = {one.name: one for one in before}
    return tuple(known[one.name] if known.get(one.name) == one else one for one in now)
