"""Starting and stopping a round's trainer. Nothing about a running round is kept here: its directory says it all."""

from __future__ import annotations

import functools
import itertools
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.processes import start_detached
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import Owner
from citing_app.rounds.status import ENDED, read_state

DEFAULT_TEMPLATE = "python -m citing_app.worker {round}"
HERE = "here"
_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)
_ELSEWHERE = ("srun", "ray", "ssh")
"""Programs that take a round to other machines."""
_VALUE = re.compile(r"^(\w+)=.+", re.ASCII | re.DOTALL)
_POLL_SECONDS = 0.1
_AGAIN_SECONDS = 2.0


@dataclass(frozen=True)
class Launcher:
    """Starts rounds with a command in which `{round}` stands for the directory (docs/launchers.md has examples).

    `python` in the first place means this interpreter. Raises CitingError for a template without `{round}`.
    """

    template: str = DEFAULT_TEMPLATE

    def __post_init__(self) -> None:
        try:
            words = shlex.split(self.template)
        except ValueError as error:
            raise CitingError("The launcher's command has a quotation mark that is never closed.") from error
        if not any("{round}" in word for word in words):
            raise CitingError("The launcher's command has no {round}, the place of the round's directory; add it.")

    @property
    def is_elsewhere(self) -> bool:
        """Whether the round runs on another machine, so that this one's device stays free for everything else."""
        program = itertools.dropwhile(lambda word: word == "env" or "=" in word, shlex.split(self.template))
        return Path(next(program, "")).name in _ELSEWHERE

    def command(self, directory: RoundDirectory) -> list[str]:
        """The words of the command that will run the round in `directory`."""
        return [word.replace("{round}", str(directory.path.absolute())) for word in shlex.split(self.template)]

    def shown(self, directory: RoundDirectory) -> str:
        """The command as a page shows it: without the values of variables, which may be secrets."""
        return shlex.join(_VALUE.sub(r"\1=…", word) for word in self.command(directory))

    def start(self, directory: RoundDirectory) -> None:
        """Start the trainer in a session of its own, its output in `worker.log`, no secret in its environment.

        It goes on when this process ends: what was started before a restart, and still waits in an engine's queue, is
        not started again. Raises CitingError where the command cannot be started; the round has then failed.
        """
        takeovers = directory.takeovers
        before = Owner.read(directory.launched)
        if before is not None and before.is_alive:
            ended: Callable[[], int | None] = functools.partial(_wait_for, before)
        else:
            ended = self._begin(directory)
        threading.Thread(target=_reap, args=(ended, directory, takeovers), daemon=True).start()

    def _begin(self, directory: RoundDirectory) -> Callable[[], int | None]:
        """Start the command and note its process; what waits for its end and gives its exit status."""
        command = self.command(directory)
        try:
            process = start_detached(command, directory.log)
        except OSError as error:
            sentence = f"The trainer could not be started: {command[0]}: {error.strerror}."
            directory.write_error("failed", sentence)
            raise CitingError(sentence) from error
        _note(process, directory)
        return process.wait


@dataclass(frozen=True)
class Launchers:
    """The host's launchers by name, the first one first; `here`, a trainer on this machine, is always among them.

    Names have letters, digits, `.`, `-` and `_`.
    """

    named: Mapping[str, Launcher]

    @classmethod
    def of(cls, commands: Mapping[str, str]) -> Launchers:
        """The launchers with these commands. Raises CitingError for one that names no round."""
        for name in commands:
            if not _NAME.fullmatch(name):
                raise CitingError("A launcher's name has up to 40 letters, digits, dots, dashes or underscores.")
        with_here = dict(commands)
        with_here.setdefault(HERE, DEFAULT_TEMPLATE)
        return cls({name: Launcher(command) for name, command in with_here.items()})

    def get(self, name: str) -> Launcher:
        """The launcher of this name. Raises CitingError where this host has none."""
        if name not in self.named:
            raise CitingError(f"This host knows no launcher “{name}”; it knows {', '.join(self.named)}.")
        return self.named[name]


def end_trainer(directory: RoundDirectory, grace: float = 20.0) -> None:
    """Cancel the round and wait until it has ended; after `grace` seconds end its processes by force.

    Its process group gets SIGTERM, and SIGKILL as long again later. A trainer on another host, or one that has
    not said yet who it is, is only asked.
    """
    directory.request_cancel()
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _ends_within(directory, grace) or not _signal(directory, number):
            break
    else:
        _ends_within(directory, grace)
    if read_state(directory) == "lost":
        directory.discard_unfinished()
        directory.write_error("cancelled", "The round was cancelled.")


def _note(process: subprocess.Popen[bytes], directory: RoundDirectory) -> None:
    owner = Owner.of(process.pid, directory.read_spec().run_id)
    with suppress(OSError):  # a full disk; without the note, an app that is restarted now starts the command again
        if owner is not None:
            owner.write(directory.launched)


def _wait_for(owner: Owner) -> None:
    while owner.is_alive:
        time.sleep(_POLL_SECONDS)


def _reap(ended: Callable[[], int | None], directory: RoundDirectory, takeovers: int) -> None:
    """Say so where the command has ended (with an exit status that is not known: None) and the round never began."""
    status = ended()
    while status != 0 and directory.takeovers == takeovers:  # else killed, and released for another trainer
        if read_state(directory) not in ("waiting", "cancelling"):
            return
        try:
            how = "" if status is None else f" (exit status {status})"
            directory.write_error("failed", f"The trainer could not be started{how}; see worker.log.")
        except OSError:  # a full disk, which may be what the command ended of
            time.sleep(_AGAIN_SECONDS)


def _ends_within(directory: RoundDirectory, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while read_state(directory) not in ENDED:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _signal(directory: RoundDirectory, number: signal.Signals) -> bool:
    """Signal the trainer's process group, unless it ended (its pid may be another's by now) or is elsewhere."""
    owner = Owner.read(directory.run)
    if owner is None or not owner.is_here or not owner.is_alive:
        return False
    try:
        os.killpg(os.getpgid(owner.pid), number)
    except ProcessLookupError:  # it ended since it was looked at
        return False
    return True
