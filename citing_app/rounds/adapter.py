"""An adapter's folder, without opening its weights."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath

from citing_app.errors import CitingError
from citing_app.rounds.files import read_json

WEIGHTS = "adapter_model.safetensors"


def adapter_weights(folder: Path) -> Path:
    """The weights' file of the adapter in `folder`.

    Raises CitingError where it holds none in safetensors: PEFT would fall back to a pickle, which can run code. It does
    not name the folder, which may be a temporary one.
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise CitingError(f"This folder holds no adapter in safetensors ({WEIGHTS}); choose another one.")
    return weights


def ensure_made_for(folder: Path, student: str) -> None:
    """Raises CitingError where the adapter in `folder` is of a round of another student than `student`.

    Two students of one shape would take each other's adapters. Hub names and folders are compared by their last part,
    as a cache's folder may move. A folder that is no round's says nothing.
    """
    spec = read_json(folder.parent / "spec.json")
    if spec is None:
        return
    made_for, given = PurePath(spec["student"]).name, PurePath(student).name
    if made_for != given:
        raise of_another(spec["round"], made_for, given)


def of_another(number: int, made_for: str, given: str) -> CitingError:
    """What is said of a round that was made for another student than the one that is `given`."""
    return CitingError(
        f"Round {number} was trained on {made_for}, and the student is {given}; choose the round's student on the "
        "Models page to use it."
    )


def adapter_hash(folder: Path) -> str:
    """The sha256 of the adapter's weights, in hexadecimal: what a page shows and a spec names."""
    with adapter_weights(folder).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
