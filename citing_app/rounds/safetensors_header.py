"""What tensors a safetensors file holds, read from its header alone: no weights are loaded and nothing can run."""

from __future__ import annotations

import json
from pathlib import Path

from citing_app.errors import CitingError

_LENGTH = 8
_LONGEST = 100 * 1024**2
"""The format's own limit of a header, in bytes."""
Shapes = dict[str, tuple[int, ...]]


def shapes(path: Path) -> Shapes:
    """The shape of each tensor in the file, by name. Raises CitingError where it is no whole safetensors file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH), "little")
            if not 2 <= length <= min(_LONGEST, size - _LENGTH):
                raise ValueError("the header's length")
            header = json.loads(file.read(length))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
        if size != _LENGTH + length + end:
            raise ValueError("the file's length")
        return {name: tuple(int(n) for n in entry["shape"]) for name, entry in tensors.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise CitingError(f"{path.name} is not a whole safetensors file; export the adapter again.") from error
