"""What tensors a safetensors file holds, read from its header alone: no weights are loaded and nothing can run."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from citing_app.errors import CitingError

Shapes = dict[str, tuple[int, ...]]


def shapes(path: Path) -> Shapes:
    """The shape of each tensor in the file, by name. Raises CitingError where it is no whole safetensors file.

    The library refuses a header that is too long, and offsets that leave a gap, overlap or miss the file's end. A slice
    is asked for its shape only: NumPy, under which it is opened, could not hold bfloat16.
    """
    try:
        with safe_open(path, framework="np") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CitingError(f"{path.name} is not a whole safetensors file; export the adapter again.") from error
