"""A round's directory: what lies where in it, and how it is made (docs/rounds.md).

```
rounds/0003/  train.jsonl  validation.jsonl  spec.json           inputs; spec.json last: its presence means complete
              launched.json                                      the launcher's command, which may wait in a queue
              run.json  events.jsonl  worker.log  checkpoints/   while it runs
              run.lock  run.json.1  error.json.1                 held and left by who goes on with it
              adapter/  result.json | error.json                 the end; without the adapter it was deleted since
              cancel                                             its presence asks the worker to stop
```
"""

from __future__ import annotations

import fcntl
import itertools
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.rounds.checkpoints import keep_newest, newest_complete
from citing_app.rounds.files import sync_folder, to_lines, write_once, write_whole
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec

Row = dict[str, Any]
"""{"prompt": [messages], "completion": [message], "task": text}, with spans of weights if wanted."""


@dataclass(frozen=True)
class RoundDirectory:
    """The directory of one round. Reading a property touches nothing but the path."""

    path: Path

    @property
    def number(self) -> int:
        """The round's number, which is its id for ever."""
        return int(self.path.name)

    @property
    def train(self) -> Path:
        """The rows to learn."""
        return self.path / "train.jsonl"

    @property
    def validation(self) -> Path:
        """The rows held out; the file may be empty."""
        return self.path / "validation.jsonl"

    @property
    def spec(self) -> Path:
        """What to do."""
        return self.path / "spec.json"

    @property
    def run(self) -> Path:
        """Who runs it."""
        return self.path / "run.json"

    @property
    def launched(self) -> Path:
        """What was started to have it trained, on this host; `run` is written when the trainer itself begins."""
        return self.path / "launched.json"

    @property
    def events(self) -> Path:
        """What the worker tells, a line at a time."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """What the worker and its libraries print."""
        return self.path / "worker.log"

    @property
    def checkpoints(self) -> Path:
        """Resumable trainer states."""
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        """The trained adapter; there only when it is complete."""
        return self.path / "adapter"

    @property
    def unfinished_adapter(self) -> Path:
        """Where the adapter is written before it is renamed."""
        return self.path / "adapter.tmp"

    @property
    def deleted_adapter(self) -> Path:
        """What an adapter is renamed to before it is deleted."""
        return self.path / "adapter.deleted"

    @property
    def result(self) -> Path:
        """What came out."""
        return self.path / "result.json"

    @property
    def error(self) -> Path:
        """Why nothing came out."""
        return self.path / "error.json"

    @property
    def cancel(self) -> Path:
        """The wish that it stop."""
        return self.path / "cancel"

    @property
    def is_resumable(self) -> bool:
        """Whether its trainer died without a word, so that another may go on with it.

        It goes on from the newest complete checkpoint, or begins anew where there is none: either ends with the same
        adapter. A round that was asked to stop is not resumed.
        """
        if self.cancel.exists() or not self.spec.exists():
            return False
        owner = Owner.read(self.run)
        dead = owner is not None and not owner.is_alive
        # Asked last: a trainer that ends between the questions has written how it ended.
        return dead and not self.result.exists() and not self.error.exists()

    @property
    def may_be_reopened(self) -> bool:
        """Whether it failed, has ended, and left a checkpoint to go on from once a person has mended the cause."""
        owner = Owner.read(self.run)
        ended = owner is not None and not owner.is_alive and self.error.exists() and not self.cancel.exists()
        return ended and newest_complete(self.checkpoints) is not None

    @property
    def takeovers(self) -> int:
        """How often the round of a dead trainer was released for another."""
        return sum(1 for _ in self.path.glob(f"{self.run.name}.*"))

    def release(self) -> None:
        """Let another trainer claim this round: move the dead owner's `run.json` aside.

        Of several callers one does it; a round that nobody has claimed is left as it is. Raises CitingError where
        the owner lives (on another host: was heard of in the last minute) or the round has ended.
        """
        with self._alone():
            if not self.run.exists():
                return
            if not self.is_resumable:
                raise CitingError(f"Round {self.number} cannot be taken over: it still runs, or it has ended.")
            self.launched.unlink(missing_ok=True)
            self._set_aside(self.run)

    def reopen(self) -> None:
        """Let a trainer go on with this failed round: move `error.json` aside, so that it is lost and can be released.

        Raises CitingError where it did not fail, still ends, or has no checkpoint to go on from.
        """
        with self._alone():
            if not self.may_be_reopened:
                raise CitingError(f"Round {self.number} cannot be resumed: it left no checkpoint, or is still ending.")
            self._set_aside(self.error)

    def read_spec(self) -> RoundSpec:
        """The round's spec. Raises CitingError where there is none or it cannot train."""
        try:
            return RoundSpec.from_json(self.spec.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise CitingError(f"“{self.path.name}” is not a complete round: it has no spec.json.") from error

    def read_rows(self, path: Path) -> list[Row]:
        """The rows of `train` or `validation`. Raises CitingError where the file is gone or damaged."""
        try:
            with path.open(encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except (OSError, ValueError) as error:
            raise CitingError(f"{path} is gone or damaged; the round cannot be made from it again.") from error

    def request_cancel(self) -> None:
        """Ask the worker to stop; it does so within one step. Nothing happens to a round that has ended."""
        self.cancel.touch()

    def delete_adapter(self) -> None:
        """Delete the adapter and the trainer states of a round that has ended; its rows, spec and result stay.

        Raises CitingError where the disk does not let it.
        """
        try:
            if self.adapter.exists():
                self.adapter.rename(self.deleted_adapter)
                sync_folder(self.path)
            for folder in (self.deleted_adapter, self.checkpoints):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            raise CitingError(f"The adapter of round {self.number} cannot be deleted: {error.strerror}.") from error

    def discard_unfinished(self, keeps_newest: bool = False) -> None:
        """Delete what a round that ends without an adapter leaves; its newest whole checkpoint may stay."""
        shutil.rmtree(self.unfinished_adapter, ignore_errors=True)
        if keeps_newest:
            keep_newest(self.checkpoints)
        else:
            shutil.rmtree(self.checkpoints, ignore_errors=True)

    def write_error(self, kind: str, message: str) -> None:
        """End the round without an adapter; `message` is one sentence. The first error written stays."""
        write_once(self.error, json.dumps({"kind": kind, "message": message}, ensure_ascii=False) + "\n")

    def _set_aside(self, path: Path) -> None:
        aside = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
        path.rename(next(other for other in aside if not other.exists()))
        sync_folder(self.path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold `run.lock`: between reading who owns the round and moving that aside nobody else may do so."""
        with (self.path / "run.lock").open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def create(root: Path, spec: RoundSpec, train_rows: Iterable[Row], validation_rows: Iterable[Row]) -> RoundDirectory:
    """Make the directory of round `spec.round` under `root` with its inputs.

    Raises Refused where the number is taken or there is nothing to learn, CitingError where the disk does not take
    it; then nothing is left behind.
    """
    rows = list(train_rows)
    if not rows:
        raise Refused("There is nothing to train on; accept some revisions first.")
    directory = RoundDirectory(root / f"{spec.round:04d}")
    try:
        root.mkdir(parents=True, exist_ok=True)
        directory.path.mkdir()
    except FileExistsError as error:
        raise Refused(f"Round {spec.round} exists already; take the next number.") from error
    try:
        write_whole(directory.train, to_lines(rows))
        write_whole(directory.validation, to_lines(validation_rows))
        write_whole(directory.spec, spec.to_json())
        sync_folder(root)
    except OSError as error:
        shutil.rmtree(directory.path, ignore_errors=True)
        raise CitingError(f"Round {spec.round} could not be written to {root}: {error.strerror}.") from error
    return directory


def existing(root: Path) -> list[RoundDirectory]:
    """Every round's directory under `root`, lowest number first."""
    if not root.is_dir():
        return []
    numbered = [path for path in root.iterdir() if path.name.isdecimal() and path.is_dir()]
    return [RoundDirectory(path) for path in sorted(numbered, key=lambda path: int(path.name))]


def next_number(root: Path, highest_given: int = 0) -> int:
    """A number that no round under `root` has, above `highest_given`: the highest that the store remembers."""
    return 1 + max([highest_given, *(directory.number for directory in existing(root))])
