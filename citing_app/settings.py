"""The only reader of flags and of the environment: one frozen object, made once at the edge and passed down.

Each field says what it is and where it may come from; the flags, their `--help` and docs/settings.md are made of that.
"""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path, user_data_path

from citing_app.errors import CitingError


@dataclass(frozen=True)
class Source:
    """Where a setting may come from: its flag, else the first of its `variables` that is set, else its default.

    `read` makes the value of the text, or of the texts where the flag is `repeated`. A flag of the `app` alone is none
    of the command line's. With `each`, the value is what every variable that is set holds, by its name.
    """

    text: str
    flag: str | None
    variables: tuple[str, ...]
    metavar: str | None
    repeated: bool
    app: bool
    each: bool
    read: Callable[[Any], Any]


def setting(
    text: str,
    *,
    flag: str | None = None,
    variables: tuple[str, ...] = (),
    metavar: str | None = None,
    repeated: bool = False,
    app: bool = False,
    each: bool = False,
    read: Callable[[Any], Any] = str,
    **default: Any,
) -> Any:
    """A field of `Settings` with its source; `default` is as in `dataclasses.field`."""
    return field(metadata={"source": Source(text, flag, variables, metavar, repeated, app, each, read)}, **default)


def _folder(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _keys(text: str) -> dict[str, str]:
    """Keys by URL. Raises CitingError where one is missing, without showing any."""
    words = text.split()
    if len(words) % 2:
        raise CitingError("CITING_TEACHER_KEYS holds a URL and its key in turn, with spaces between; one is missing.")
    return dict(zip(words[::2], words[1::2], strict=True))


def _launchers(given: str | Sequence[str]) -> dict[str, str]:
    """Commands by name, from the lines of a variable or the texts of a flag. Raises CitingError for a wrong one."""
    found = {}
    for line in filter(str.strip, given.splitlines() if isinstance(given, str) else given):
        name, is_named, command = line.partition("=")
        if not is_named or not command.strip():
            raise CitingError("A launcher is given as NAME=COMMAND; one has no name or no command.")
        found[name.strip()] = command.strip()
    return found


def _connections(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 512:
        raise CitingError("CITING_TEACHER_CONNECTIONS is a whole number between 1 and 512.")
    return int(text)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "local"


@dataclass(frozen=True)
class Settings:
    """Everything that a person or the host can set. Keys are kept out of repr, logs and workers."""

    data_dir: Path = setting(
        "where instructions, decisions and rounds are kept",
        flag="--data-dir",
        variables=("CITING_DATA_DIR",),
        read=_folder,
        default_factory=lambda: user_data_path("citing-studio").absolute(),
    )
    cache_dir: Path = setting(
        "where prepared models are kept; it can be deleted at any time",
        variables=("CITING_CACHE_DIR",),
        read=_folder,
        default_factory=lambda: user_cache_path("citing-studio").absolute(),
    )
    host: str = setting(
        "the address to listen on; the default is reached from this machine only",
        flag="--host",
        app=True,
        default="127.0.0.1",
    )
    port: int = setting("the port to listen on", flag="--port", app=True, read=int, default=7860)
    student: str | None = setting(
        "a hub name or a local folder; `bundled` is SmolLM2-135M-Instruct. Without it the one that this data folder "
        "used last, at first the bundled one",
        flag="--student",
        default=None,
    )
    student_url: str | None = setting(
        "base URL of a vLLM server that serves this student and its adapters", flag="--student-url", default=None
    )
    student_key: str | None = setting(
        "the key of the student's server", variables=("CITING_STUDENT_KEY",), default=None, repr=False
    )
    teachers: tuple[str, ...] = setting(
        "`reference`, a model's name at the teacher's endpoint, or one with an endpoint of its own; repeat for more",
        flag="--teacher",
        metavar="reference|MODEL|MODEL=URL",
        repeated=True,
        read=tuple,
        default=("reference",),
    )
    teacher_url: str | None = setting(
        "base URL of an OpenAI-compatible endpoint",
        flag="--teacher-url",
        variables=("CITING_TEACHER_URL", "OPENAI_BASE_URL"),
        default=None,
    )
    teacher_key: str | None = setting(
        "the key of the teacher's endpoint",
        variables=("CITING_TEACHER_KEY", "OPENAI_API_KEY"),
        default=None,
        repr=False,
    )
    teacher_keys: Mapping[str, str] = setting(
        "keys of other teachers' endpoints: URL and key in turn, with spaces between",
        variables=("CITING_TEACHER_KEYS",),
        read=_keys,
        default_factory=dict,
        repr=False,
    )
    provider_keys: Mapping[str, str] = setting(
        "keys of providers, each sent to that provider's own servers and to no other",
        variables=(
            "OPENAI_API_KEY",
            "OPENROUTER_API_KEY",
            "MISTRAL_API_KEY",
            "DEEPSEEK_API_KEY",
            "AZURE_OPENAI_API_KEY",
        ),
        each=True,
        read=dict,
        default_factory=dict,
        repr=False,
    )
    teacher_connections: int = setting(
        "how many calls to a teacher may be under way at once, from 1 to 512",
        variables=("CITING_TEACHER_CONNECTIONS",),
        read=_connections,
        default=8,
    )
    judges: tuple[str, ...] = setting(
        "whoever compares answers: `reference`, a model's name at the teacher's endpoint, or one with an endpoint of "
        "its own; repeat for more. The first is the default, `reference` is always there",
        flag="--judge",
        metavar="reference|MODEL|MODEL=URL",
        repeated=True,
        read=tuple,
        default=("reference",),
    )
    judge_key: str | None = setting(
        "the key of the judge's endpoint, where it is not among the teachers' keys",
        variables=("CITING_JUDGE_KEY",),
        default=None,
        repr=False,
    )
    annotator: str = setting(
        "the name that decisions carry where there are no accounts; else the login name of this machine",
        variables=("CITING_ANNOTATOR",),
        default_factory=_login_name,
    )
    launchers: Mapping[str, str] = setting(
        "a command that runs a round, {round} in it the round's directory; repeat for more (in the variable: one a "
        "line). The first is the default, `here` is always there",
        flag="--launcher",
        variables=("CITING_LAUNCHERS",),
        metavar="NAME=COMMAND",
        repeated=True,
        read=_launchers,
        default_factory=dict,
    )
    first_drafts: int = setting("how many drafts are written at the first start", read=int, default=16)
    allowed_hosts: tuple[str, ...] = setting(
        "a host name that the app answers to; repeat for more. It needs an owner's account, as any --host beyond this "
        "machine does",
        flag="--allowed-host",
        metavar="NAME",
        repeated=True,
        app=True,
        read=tuple,
        default=(),
    )
    max_upload_bytes: int = setting("the largest file that may be sent", read=int, default=256 * 1024 * 1024)


def source_of(one: Field[Any]) -> Source:
    """Where the setting in this field may come from."""
    found: Source = one.metadata["source"]
    return found


def usual(one: Field[Any]) -> str | None:
    """The default of a setting as a person would type it; None where it is empty or depends on the machine."""
    if one.default is MISSING or not one.default:
        return None
    return ", ".join(one.default) if isinstance(one.default, tuple) else str(one.default)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that the app and the command line share."""
    _add(parser, app=False)


def add_server_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of the app alone."""
    _add(parser, app=True)


def _add(parser: argparse.ArgumentParser, app: bool) -> None:
    for one in fields(Settings):
        source = source_of(one)
        if source.flag is None or source.app != app:
            continue
        told = source.text.replace("`", "") + (f" (default: {usual(one)})" if usual(one) else "")
        action = "append" if source.repeated else "store"
        parser.add_argument(
            source.flag,
            action=action,
            metavar=source.metavar,
            type=int if source.read is int else str,  # argparse says best what is no number
            dest=one.name,
            help=told.replace("%", "%%"),
        )


def from_flags(flags: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from parsed flags, then the environment, then defaults. Raises CitingError for a value of no use."""
    env = os.environ if environment is None else environment
    found = {}
    for one in fields(Settings):
        source = source_of(one)
        given = getattr(flags, one.name, None) if source.flag else None
        if source.each:
            given = {name: env[name] for name in source.variables if env.get(name)}
        elif given is None or given == "":
            given = next(filter(None, map(env.get, source.variables)), None)
        if given is not None:
            found[one.name] = source.read(given)
    return Settings(**found)
