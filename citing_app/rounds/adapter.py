"""An adapter's folder, without opening its weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

from citing_app.errors import CitingError

WEIGHTS = "adapter_model.safetensors"


def adapter_weights(folder: Path) -> Path:
    """The weights' file of the adapter in `folder`.

    Raises CitingError where it holds none in safetensors: PEFT would fall back to a pickle, which can run code.
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise CitingError(f"{folder} holds no adapter in safetensors ({WEIGHTS}); choose another one.")
    return weights


def adapter_hash(folder: Path) -> str:
    """The sha256 of the adapter's weights, in hexadecimal: what a page shows and a spec names."""
    with adapter_weights(folder).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
