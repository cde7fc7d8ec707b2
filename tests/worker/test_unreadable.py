"""Students that cannot be used, each with the sentence that says why; rows longer than a student reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from citing_app.errors import CitingError
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import create
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.architecture import architecture_of
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.round import build_trainer
from citing_app.worker.student import load_student, load_tokenizer
from tests.tiny_models import CHATML
from tests.worker.test_train import row
from tests.zoo import save_architecture

pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:fan_in_fan_out is set to False:UserWarning"),
]
WEIGHTS = "model.safetensors"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 123\n"


def load(student: Path | str) -> None:
    architecture_of(str(student), load_tokenizer(str(student)))
    load_student(str(student), torch.float32)


def config(**changes: Any) -> Callable[[Path], None]:
    """What changes a student's configuration; None takes a field away."""

    def change(folder: Path) -> None:
        found = json.loads((folder / "config.json").read_text()) | changes
        (folder / "config.json").write_text(json.dumps({key: value for key, value in found.items() if value}))

    return change


def one_tensor_less(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})


def one_shard_less(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "model-00001-of-00002.safetensors")
    placed = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": placed}))


def truncate(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-500])


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "pointer": (lambda at: (at / WEIGHTS).write_text(POINTER), "model.safetensors is only a Git LFS pointer"),
    "pointer to tokenizer": (
        lambda at: (at / "tokenizer.json").write_text(POINTER),
        "tokenizer.json is only a Git LFS",
    ),
    "truncated": (truncate, r"cut off or damaged \(model.safetensors\)"),
    "tensor": (one_tensor_less, "its weights lack model.layers.1.mlp.up_proj.weight"),
    "shard": (one_shard_less, "a part of its weights is missing .*00002-of-00002"),
    "pickle": (lambda at: (at / WEIGHTS).rename(at / "pytorch_model.bin"), "has no safetensors weights"),
    "no tokenizer": (lambda at: (at / "tokenizer.json").unlink(), "has no tokenizer"),
    "template": (lambda at: (at / "chat_template.jinja").write_text("{{ raise_exception('no') }}"), "template fails"),
    "syntax": (lambda at: (at / "chat_template.jinja").write_text("{% for x in %}"), "template fails"),
    "silent": (lambda at: (at / "chat_template.jinja").write_text("Hello"), "does not show a question"),
    "unknown": (config(model_type="newest"), r"does not know the student .*\(newest\)"),
    "code": (config(model_type="newest", auto_map={"AutoConfig": "a.B"}), "needs code of its own"),
    "other task": (config(model_type="t5"), r"not a causal language model \(t5\)"),
    "no context": (config(max_position_embeddings=None, model_type="bloom"), "does not state its context length"),
    "no config": (lambda at: (at / "config.json").write_text("{"), "no readable config.json"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_student_that_cannot_be_used_says_why(name: str, tiny_student: Path, tmp_path: Path) -> None:
    spoil, sentence = SPOILT[name]
    folder = tmp_path / "student"
    shutil.copytree(tiny_student, folder)
    spoil(folder)
    with pytest.raises(CitingError, match=sentence):
        load(folder)


def test_a_folder_that_is_not_there_is_not_asked_of_a_hub(tmp_path: Path) -> None:
    with pytest.raises(CitingError, match="There is no folder"):
        load(tmp_path / "gone")


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_rows_longer_than_the_student_reads_are_left_out_and_counted(name: str, tmp_path: Path) -> None:
    student = save_architecture(name, tmp_path / name, CHATML, max_position_embeddings=64)
    spec = RoundSpec(1, "run", str(student), device="cpu", epochs=1)

    def trainer(directory: Path, number: int) -> Any:
        made = create(directory, spec, [row(n) for n in range(number)], [])
        return build_trainer(made, spec, torch.device("cpu"), torch.float32, EventLog(made.events), StopRequest(made))

    rows = trainer(tmp_path / "rounds", 5).train_dataset
    assert 0 < len(rows) < 5
    assert (len(rows) + rows.dropped, max(rows.lengths) <= 64) == (5, True)
    (student / "config.json").write_text((student / "config.json").read_text().replace(": 64", ": 8"))
    with pytest.raises(CitingError, match="No row fits into 8 tokens; shorten the texts"):
        trainer(tmp_path / "others", 5)
