"""The only reader of flags and of the environment: one frozen object, made once at the edge and passed down."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from citing_app.errors import CitingError

ENVIRONMENT = {
    "CITING_DATA_DIR": "the data folder, as --data-dir",
    "CITING_CACHE_DIR": "where prepared models are kept",
    "CITING_TEACHER_KEY": "the key of the teacher's endpoint (else OPENAI_API_KEY)",
    "CITING_TEACHER_KEYS": "keys of other teachers' endpoints: URL and key in turn, with spaces between",
    "CITING_TEACHER_CONNECTIONS": "how many calls to a teacher may be under way at once (default: 8)",
    "CITING_TEACHER_URL": "the URL of the teacher's endpoint, as --teacher-url (else OPENAI_BASE_URL)",
    "CITING_ANNOTATOR": "the name that decisions carry (default: the login name)",
    "CITING_LAUNCHERS": "commands that run rounds, as --launcher, one a line",
}


@dataclass(frozen=True)
class Settings:
    """Everything that a person or the host can set. The teachers' keys are kept out of repr, logs and workers.

    `teachers` are `reference`, a model's name, or `MODEL=URL` for one with an endpoint of its own; `teacher_keys` has
    the keys of such endpoints by URL. `launchers` are commands that run a round, by name, `{round}` its directory.
    """

    data_dir: Path
    cache_dir: Path
    host: str = "127.0.0.1"
    port: int = 7860
    student: str = "bundled"
    student_url: str | None = None
    teachers: tuple[str, ...] = ("reference",)
    teacher_url: str | None = None
    teacher_key: str | None = field(default=None, repr=False)
    teacher_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    teacher_connections: int = 8
    annotator: str = "local"
    launchers: Mapping[str, str] = field(default_factory=dict)
    first_drafts: int = 16
    allowed_hosts: tuple[str, ...] = ()
    max_upload_bytes: int = 256 * 1024 * 1024


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that the app and the command line share."""
    parser.add_argument("--data-dir", type=Path, help="where instructions, decisions and rounds are kept")
    parser.add_argument("--student", default="bundled", help="a hub name or a local folder (default: SmolLM2-135M)")
    parser.add_argument("--student-url", help="base URL of a vLLM server that serves this student and its adapters")
    parser.add_argument(
        "--teacher",
        action="append",
        metavar="reference|MODEL|MODEL=URL",
        help="reference, or a model's name at the teacher's endpoint, or with an endpoint of its own (repeat for more)",
    )
    parser.add_argument(
        "--launcher",
        action="append",
        metavar="NAME=COMMAND",
        help="a command that runs a round, {round} in it the round's directory (repeat for more; the first is the "
        "default, `here` is always there)",
    )
    parser.add_argument("--teacher-url", help="base URL of an OpenAI-compatible endpoint")


def add_server_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of the app alone."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860, help="the port to listen on (default: 7860)")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name that the app answers to (repeat for more); needs an owner's account, as any --host beyond "
        "this machine does",
    )


def from_flags(flags: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from parsed flags, then the environment, then defaults."""
    env = os.environ if environment is None else environment
    given = vars(flags)
    data_dir = given.get("data_dir") or env.get("CITING_DATA_DIR") or user_data_path("citing-studio")
    return Settings(
        data_dir=Path(data_dir).expanduser().absolute(),
        cache_dir=Path(env.get("CITING_CACHE_DIR") or user_cache_path("citing-studio")).expanduser().absolute(),
        host=given.get("host", "127.0.0.1"),
        port=given.get("port", 7860),
        allowed_hosts=tuple(given.get("allowed_host", ())),
        student=given["student"],
        student_url=given.get("student_url"),
        teachers=tuple(given.get("teacher") or ("reference",)),
        teacher_url=given.get("teacher_url") or env.get("CITING_TEACHER_URL") or env.get("OPENAI_BASE_URL"),
        teacher_key=env.get("CITING_TEACHER_KEY") or env.get("OPENAI_API_KEY"),
        teacher_keys=_keys(env.get("CITING_TEACHER_KEYS", "")),
        teacher_connections=_connections(env.get("CITING_TEACHER_CONNECTIONS", "8")),
        annotator=env.get("CITING_ANNOTATOR") or _login_name(),
        launchers=_launchers(given.get("launcher") or env.get("CITING_LAUNCHERS", "").splitlines()),
    )


def _keys(text: str) -> dict[str, str]:
    """Keys by URL. Raises CitingError where one is missing, without showing any."""
    words = text.split()
    if len(words) % 2:
        raise CitingError("CITING_TEACHER_KEYS holds a URL and its key in turn, with spaces between; one is missing.")
    return dict(zip(words[::2], words[1::2], strict=True))


def _launchers(given: Sequence[str]) -> dict[str, str]:
    """Commands by name. Raises CitingError for one without a name."""
    found = {}
    for line in filter(str.strip, given):
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
