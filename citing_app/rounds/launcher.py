"""Starting and stopping a round's trainer. Nothing about a running round is kept here: its directory says it all."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.processes import start_detached
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import Owner
from citing_app.rounds.status import read_status

DEFAULT_TEMPLATE = "python -m citing_app.worker {round}"
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Launcher:
    """Starts rounds with a command in which `{round}` stands for the directory.

    `python` in the first place means this interpreter. Others: `accelerate launch --multi_gpu -m citing_app.worker
    {round}`, `srun python -m citing_app.worker {round}`, `ray job submit -- python -m citing_app.worker {round}`.
    Raises CitingError for a template without `{round}`.
    """

    template: str = DEFAULT_TEMPLATE

    def __post_init__(self) -> None:
        if "{round}" not in self.template:
            raise CitingError("The launcher's command has no {round}, the place of the round's directory; add it.")

    def command(self, directory: RoundDirectory) -> list[str]:
        """The words of the command that will run the round in `directory`."""
        return [word.replace("{round}", str(directory.path.absolute())) for word in shlex.split(self.template)]

    def start(self, directory: RoundDirectory) -> None:
        """Start the trainer in a session of its own, its output in `worker.log`, no secret in its environment.

        It goes on when this process ends. Raises CitingError where the command cannot be started; the round has then
        failed.
        """
        command, takeovers = self.command(directory), directory.takeovers
        try:
            process = start_detached(command, directory.log)
        except OSError as error:
            sentence = f"The trainer could not be started: {command[0]}: {error.strerror}."
            directory.write_error("failed", sentence)
            raise CitingError(sentence) from error
        threading.Thread(target=_reap, args=(process, directory, takeovers), daemon=True).start()

    def stop(self, directory: RoundDirectory, grace: float = 20.0) -> None:
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
        if read_status(directory).state == "lost":
            directory.write_error("cancelled", "The round was cancelled.")


def _reap(process: subprocess.Popen[bytes], directory: RoundDirectory, takeovers: int) -> None:
    status = process.wait()
    if directory.takeovers != takeovers:
        return  # killed, and released for another trainer: that this round waits says nothing of how it began
    if status != 0 and read_status(directory).state in ("waiting", "cancelling"):
        directory.write_error("failed", f"The trainer could not be started (exit status {status}); see worker.log.")


def _ends_within(directory: RoundDirectory, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not read_status(directory).ended:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _signal(directory: RoundDirectory, number: signal.Signals) -> bool:
    """Signal the trainer's process group, unless it ended (its pid may be another's by now) or is elsewhere."""
    owner = Owner.read(directory.run)
    if owner is None or not owner.is_here or not owner.is_alive:
        return False
    os.killpg(os.getpgid(owner.pid), number)
    return True
