"""The models behind endpoints: made of what the app was started with, what was added since, and how each is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from citing_app.errors import CitingError
from citing_app.models.addresses import is_loopback
from citing_app.models.judge import BY_REFERENCE, Judge
from citing_app.models.openai_model import OPENAI_URL, OpenAIModel
from citing_app.models.providers import key_header, provider_at
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.settings import Settings
from citing_app.store import added_models
from citing_app.store.added_models import AddedModel
from citing_app.store.database import Store
from citing_app.workflows.calls.requests import ModelSettings

Role = Literal["teacher", "judge"]
_TIMEOUTS = {"teacher": 60, "judge": 300}
"""Seconds that a call may take; a judge that reasons writes 2,048 tokens before it says a word."""
_LOCAL_TIMEOUT = 900
"""Seconds that a server on this machine may take, which may have nothing but a CPU for thousands of tokens."""


@dataclass(frozen=True)
class Stored:
    """What the store knows of models: those that were added, and how models are asked by name."""

    added: tuple[AddedModel, ...] = ()
    settings: Mapping[str, ModelSettings] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> Stored:
        """What stands in the store."""
        with store.read() as cursor:
            added, settings = added_models.added(cursor), added_models.settings(cursor)
        return cls(tuple(added), {name: ModelSettings.of(found) for name, found in settings.items()})


_NOTHING = Stored()


def make_teachers(settings: Settings, stored: Stored = _NOTHING) -> tuple[Teacher, ...]:
    """The teachers that the settings name, the first one first, then those that were added.

    Raises CitingError for a name without an endpoint.
    """
    given = tuple(_make_teacher(settings, one, stored) for one in settings.teachers)
    names = [teacher.name for teacher in given]
    if len(set(names)) < len(names):
        raise CitingError("Two teachers have the same name; every teacher needs a name of its own.")
    return (*given, *(Teacher.of(one) for one in _added(settings, stored, "teacher") if one.name not in names))


def make_judges(settings: Settings, stored: Stored = _NOTHING) -> tuple[Judge, ...]:
    """The judges that the settings name, the one by reference, and those that were added.

    Raises CitingError as `make_judge` does.
    """
    given = tuple(make_judge(settings, one, stored) for one in settings.judges)
    names = [judge.name for judge in given]
    if len(set(names)) < len(names):
        raise CitingError("Two judges have the same name; every judge needs a name of its own.")
    usual = given if BY_REFERENCE in given else (*given, BY_REFERENCE)
    return (*usual, *(Judge(one.name, one) for one in _added(settings, stored, "judge") if one.name not in names))


def make_judge(settings: Settings, given: str, stored: Stored = _NOTHING) -> Judge:
    """The judge that `given` names: `reference`, MODEL or MODEL=URL. Raises CitingError for one without an endpoint."""
    if given == BY_REFERENCE.name:
        return BY_REFERENCE
    key, elsewhere = settings.judge_key or settings.teacher_key, settings.judge_key
    model = _endpoint(settings, given, "judge", key, elsewhere, stored)
    return Judge(model.name, model)


def key_for(settings: Settings, url: str) -> str | None:
    """The key that may go to the server at `url`, so that no person can have one sent elsewhere by typing a URL.

    It is what CITING_TEACHER_KEYS names for just this URL, or else the key of the provider whose server it is.
    """
    named = settings.teacher_keys.get(url) or settings.teacher_keys.get(url.rstrip("/"))
    provider = provider_at(url)
    return named or (settings.provider_keys.get(provider.variable or "") if provider else None)


def model_at(
    settings: Settings, name: str, url: str, key: str | None, role: Role, asked: ModelSettings, served_as: str
) -> OpenAIModel:
    """The model that its server at `url` calls `served_as`, asked as a person has set it. Raises CitingError."""
    effort = {"reasoning_effort": asked.effort} if asked.effort else {}
    return OpenAIModel(
        name,
        url,
        key,
        timeout=asked.timeout or usual_timeout(url, role),
        connections=asked.connections or settings.teacher_connections,
        headers=asked.headers or {},
        body={**effort, **(asked.body or {})},
        served_as=None if served_as == name else served_as,
        longest_answer=asked.longest_answer,
        ca_file=asked.ca_file,
        key_header=key_header(url),
    )


def usual_timeout(url: str, role: Role) -> int:
    """Seconds that a call may take where nobody has set another time."""
    return _LOCAL_TIMEOUT if is_loopback(url) else _TIMEOUTS[role]


def _added(settings: Settings, stored: Stored, role: Role) -> Iterator[OpenAIModel]:
    for one in stored.added:
        if role == "teacher" or one.judges:
            asked = stored.settings.get(one.name, ModelSettings())
            yield model_at(settings, one.name, one.url, key_for(settings, one.url), role, asked, one.model)


def _make_teacher(settings: Settings, given: str, stored: Stored) -> Teacher:
    if given == REFERENCE.name:
        return REFERENCE
    return Teacher.of(_endpoint(settings, given, "teacher", settings.teacher_key, None, stored))


def _endpoint(
    settings: Settings, given: str, role: Role, key: str | None, elsewhere: str | None, stored: Stored
) -> OpenAIModel:
    """The model that MODEL or MODEL=URL names; `key` is for the teacher's endpoint, `elsewhere` for other URLs."""
    name, _, own = given.rpartition("=http")
    url = settings.teacher_url
    if name:
        url = f"http{own}"
        key = key_for(settings, url) or elsewhere
    elif not url and not key:
        raise CitingError(f"The {role} {given} needs an endpoint: give --teacher-url, or set OPENAI_API_KEY.")
    name = name or given
    return model_at(settings, name, url or OPENAI_URL, key, role, stored.settings.get(name, ModelSettings()), name)
