"""The shapes in a safetensors file, and the files that are none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.safetensors_header import shapes

LORA = {"dtype": "BF16", "shape": [4, 2], "data_offsets": [0, 16]}


def written(folder: Path, header: bytes, body: bytes = b"", length: int | None = None) -> Path:
    path = folder / "weights.safetensors"
    path.write_bytes((len(header) if length is None else length).to_bytes(8, "little") + header + body)
    return path


def header(**tensors: object) -> bytes:
    return json.dumps(tensors).encode()


def test_shapes_are_read_without_the_weights_and_whatever_their_numbers_are(tmp_path: Path) -> None:
    small = {"dtype": "F8_E4M3", "shape": [3], "data_offsets": [16, 19]}
    path = written(tmp_path, header(__metadata__={"format": "pt"}, a=LORA, b=small), bytes(19))
    assert shapes(path) == {"a": (4, 2), "b": (3,)}
    assert shapes(written(tmp_path, b"{}")) == {}


@pytest.mark.parametrize(
    ("head", "body", "length"),
    [
        (header(a=LORA), bytes(15), None),
        (header(a=LORA), bytes(17), None),
        (header(a=LORA), bytes(16), 2**62),
        (b"{" + b" " * 101_000_000 + b"}", b"", None),
        (header(a=LORA | {"data_offsets": [0, 99]}), bytes(16), None),
        (header(a=LORA, b=LORA), bytes(16), None),
        (header(a=LORA | {"shape": [2**63, 2]}), bytes(16), None),
        (header(a=LORA | {"dtype": "object"}), bytes(16), None),
        (b'{"a":' + b"[" * 100_000, b"", None),
        (b"[]", b"", None),
        (b"PK\x03\x04", b"", None),
    ],
)
def test_what_is_cut_forged_or_foreign_is_refused_in_one_sentence(
    head: bytes, body: bytes, length: int | None, tmp_path: Path
) -> None:
    with pytest.raises(CitingError, match=r"weights\.safetensors is not a whole safetensors file; export the adapter"):
        shapes(written(tmp_path, head, body, length))


def test_what_is_no_file_is_refused_in_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for path in (tmp_path / "empty", tmp_path / "nowhere", tmp_path):
        with pytest.raises(CitingError, match="not a whole safetensors file"):
            shapes(path)


def test_reading_one_loads_no_model_library(tmp_path: Path) -> None:
    path = written(tmp_path, header(a=LORA), bytes(16))
    program = (
        "import sys; from pathlib import Path; from citing_app.rounds.safetensors_header import shapes; "
        f"shapes(Path({str(path)!r})); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert "safetensors" in loaded
    assert not {"torch", "transformers", "peft"} & set(loaded)
