"""What the safetensors library can't do without torch: look at numbers of every kind, and give tensors other names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from citing_app.errors import CitingError

_EXPONENTS = {"F64": 0x7FF << 52, "F32": 0xFF << 23, "F16": 0x1F << 10, "BF16": 0xFF << 7}
"""The bits of the exponent; where all are set, the number is infinite or none at all."""
_PIECE = 2**22
"""Numbers looked at in one go."""


def ensure_finite(path: Path) -> None:
    """Raises CitingError where a weight of this file is NaN or infinite, or of a kind that LoRA matrices never are.

    The file must be a whole one (`shapes`). It is read piece by piece.
    """
    header, start = _header(path)
    for name, one in header.items():
        if one["dtype"] not in _EXPONENTS:
            raise CitingError(f"The adapter's weights are stored as {one['dtype']}; save them in 16 or 32 bits.")
        exponent = _EXPONENTS[one["dtype"]]
        if any(((piece & exponent) == exponent).any() for piece in _pieces(path, start, one)):
            raise CitingError(f"The adapter holds weights that are NaN or infinite ({name}); its training failed.")


def rename_tensors(path: Path, names: Mapping[str, str]) -> None:
    """Give these tensors of the file other names; their bytes stay as they are."""
    header, start = _header(path)
    text = json.dumps({names.get(name, name): one for name, one in header.items()}).encode()
    text += b" " * (-len(text) % 8)  # the format wants tensors to begin at a multiple of eight
    renamed = path.with_suffix(".renamed")
    with path.open("rb") as source, renamed.open("wb") as target:
        target.write(len(text).to_bytes(8, "little") + text)
        source.seek(start)
        shutil.copyfileobj(source, target)
    renamed.replace(path)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """What the file says of each tensor, and where their bytes begin."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


def _pieces(path: Path, start: int, one: Mapping[str, Any]) -> Iterator[Any]:
    """A tensor's numbers as whole numbers of the same bits."""
    first, end = one["data_offsets"]
    kind = np.dtype(f"<u{int(one['dtype'].removeprefix('B')[1:]) // 8}")
    with path.open("rb") as file:
        file.seek(start + first)
        left = (end - first) // kind.itemsize
        while left > 0:
            yield (piece := np.fromfile(file, kind, min(left, _PIECE)))
            left -= len(piece)
