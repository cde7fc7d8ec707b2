"""From a model's name to what a worker can load."""

from __future__ import annotations

from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.bundled import EMBEDDER, STUDENT
from citing_app.models.names import embedder_identity, resolve_embedder, resolve_student


def model_folder(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_text(name)
    return str(folder)


def test_the_bundled_models_resolve_once_they_are_prepared(tmp_path: Path) -> None:
    with pytest.raises(CitingError, match=r"bundled student \(SmolLM2-135M-Instruct\) is not prepared yet"):
        resolve_student("bundled", tmp_path)
    STUDENT.path(tmp_path).mkdir()
    EMBEDDER.path(tmp_path).mkdir()
    assert resolve_student("bundled", tmp_path) == str(tmp_path / "student-smollm2-135m-instruct")
    assert resolve_embedder("bundled", tmp_path) == str(tmp_path / "embedder-all-minilm-l6-v2")


def test_a_folder_with_safetensors_resolves_to_itself(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine", "config.json", "model.safetensors")
    assert resolve_student(folder, tmp_path) == folder


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (("model.safetensors",), "holds no model"),
        (("config.json", "pytorch_model.bin"), "no safetensors weights"),
    ],
)
def test_a_folder_that_cannot_be_loaded_is_refused_with_the_reason(
    tmp_path: Path, files: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CitingError, match=sentence):
        resolve_student(model_folder(tmp_path / "mine", *files), tmp_path)


def test_a_path_that_is_not_there_is_not_taken_for_a_hub_name(tmp_path: Path) -> None:
    for name in ("./nowhere", str(tmp_path / "nowhere"), "~/no-such-folder-anywhere"):
        with pytest.raises(CitingError, match="no folder"):
            resolve_student(name, tmp_path)


def test_a_hub_name_is_passed_through_and_nonsense_is_not(tmp_path: Path) -> None:
    for name in ("gpt2", "HuggingFaceTB/SmolLM2-360M-Instruct"):
        assert resolve_student(name, tmp_path) == name
    for name in ("", "a/b/c", "two words", "--option", "a/../b"):
        with pytest.raises(CitingError, match="neither a folder nor a model's name"):
            resolve_student(name, tmp_path)


def test_the_embedders_identity_follows_its_weights(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine", "config.json", "model.safetensors")
    before = embedder_identity(folder, tmp_path)
    assert before.startswith("mine@")
    (tmp_path / "mine" / "model.safetensors").write_text("other weights")
    assert embedder_identity(folder, tmp_path) != before
    assert embedder_identity("bundled", tmp_path) == "embedder-all-minilm-l6-v2@53aa51172d14"
    assert embedder_identity("organisation/model", tmp_path) == "organisation/model"
