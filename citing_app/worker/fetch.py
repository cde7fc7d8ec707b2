"""`python -m citing_app.worker fetch NAME --parent PID`: a student from the hub into the hub's cache.

The only process that is given the hub's token. It tells in JSON lines: {"total": bytes}, {"done": bytes} now and then,
and {"error": sentence} where it fails. What it fetches is configuration, tokenizer and safetensors, never a pickle.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]

from citing_app.errors import CitingError
from citing_app.worker.parent import end_with
from citing_app.worker.unreadable import why

_READ = (".json", ".safetensors", ".model", ".txt", ".jinja", ".tiktoken")
_CARD = "README.md"
_TELL_SECONDS = 0.5


def main(arguments: Sequence[str]) -> int:
    """Fetch the student; 0, or 1 where it is not here then."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker fetch")
    parser.add_argument("name", help="a hub name")
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    options = parser.parse_args(arguments)
    end_with(options.parent)
    try:
        fetch(options.name)
    except CitingError as error:
        _tell(error=str(error))
        return 1
    return 0


def fetch(name: str) -> None:
    """Download the student `name`; what is in the cache already is not fetched again.

    Raises CitingError where it is not there, gated, without safetensors, or the hub cannot be reached.
    """
    from huggingface_hub import HfApi, snapshot_download

    with telling_why(name):
        wanted = needed(name, HfApi().model_info(name, files_metadata=True))
        _tell(total=sum(wanted.values()))
        snapshot_download(name, allow_patterns=list(wanted), tqdm_class=_Told)


def needed(name: str, info: Any) -> dict[str, int]:
    """The files of a hub's student that are needed, with their bytes. Raises CitingError where none is safetensors."""
    files = {one.rfilename: one.size or 0 for one in info.siblings or []}
    wanted = {file: size for file, size in files.items() if is_read(file, files)}
    if not any(map(is_weights, wanted)):
        raise CitingError(
            f"The student {name} has no safetensors weights, and other formats are not loaded; choose another one."
        )
    return wanted


@contextmanager
def telling_why(name: str) -> Iterator[None]:
    """What goes wrong with the hub's student `name`, as a CitingError."""
    try:
        yield
    except CitingError:
        raise
    except OSError as error:
        if error.strerror and error.errno:  # of the disk; the hub's own have no number
            raise CitingError(f"{name} could not be written to the hub's cache: {error.strerror}.") from error
        raise why(name, error) from error
    except Exception as error:
        raise why(name, error) from error


def is_read(file: str, files: Collection[str]) -> bool:
    """Whether this file of a repository that holds `files` is needed: what transformers reads, of weights one copy, and
    the card, which names the licence."""
    twice = file.startswith("consolidated") and any(name.startswith("model") for name in files if is_weights(name))
    return "/" not in file and (file.endswith(_READ) or file == _CARD) and not twice


def is_weights(file: str) -> bool:
    """Whether a repository's file holds weights in safetensors."""
    return file.endswith(".safetensors")


class _Told(tqdm):  # type: ignore[misc]
    """The hub's progress bar, told in lines: of bytes, how many have come."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self._told = 0.0
        super().__init__(*given, **{**options, "file": io.StringIO(), "disable": False})

    def update(self, n: float | None = 1) -> bool | None:
        """Count `n` more, and tell it about twice a second."""
        drawn: bool | None = super().update(n)
        if self.unit == "B" and time.monotonic() - self._told > _TELL_SECONDS:
            self._told = time.monotonic()
            _tell(done=int(self.n))
        return drawn


def _tell(**what: object) -> None:
    print(json.dumps(what), flush=True)
