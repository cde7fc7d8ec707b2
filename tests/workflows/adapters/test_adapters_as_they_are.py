"""Adapters as people have them: with settings that do no harm, in zips of other programs, on GPT-2, or broken."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from citing_app.errors import CitingError
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.safetensors_bytes import rename_tensors
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.adapters.exporting import export_adapter
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.studio import Studio, open_studio
from tests.tiny_models import save_adapter, save_gpt2, save_mixtral
from tests.workflows.adapters.test_foreign_adapters import changed


def bare_gpt2(folder: Path) -> Path:
    """GPT-2 with the names in its file that the hub's has."""
    weights = save_gpt2(folder) / "model.safetensors"
    rename_tensors(weights, {name: name.removeprefix("transformer.") for name in load_file(weights)})
    return folder


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student)))
    yield opened
    opened.close()


def rewritten(adapter: Path, root: Path, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Path:
    """A copy of `adapter` with other tensors."""
    folder = changed(adapter, root)
    save_file(dict(change(load_file(folder / WEIGHTS))), folder / WEIGHTS)
    return folder


def taken(studio: Studio, source: Path, inside: str = "") -> Path:
    """The folder of the round that the adapter in `source` becomes."""
    return directory_of(studio, import_adapter(studio, source, None, "ada", inside)).adapter


def packed(target: Path, **files: Path) -> Path:
    """A zip of the files of adapters, by a path whose `__` are slashes."""
    with zipfile.ZipFile(target, "w") as zipped:
        for place, folder in files.items():
            for name in (CONFIG, WEIGHTS):
                zipped.write(folder / name, "/".join([*place.split("__"), name]).lstrip("/"))
    return target


def test_a_class_of_transformers_is_not_code_and_is_left_out(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    named = {"base_model_class": "LlamaForCausalLM", "parent_library": "transformers.models.llama.modeling_llama"}
    adapter = taken(studio, changed(tiny_adapter, tmp_path, auto_mapping=named, task_type=None))
    assert "auto_mapping" not in json.loads((adapter / CONFIG).read_text())
    for other in ({"parent_library": "transformers_modules.evil"}, {"base_model_class": "Evil"}, ["evil"], "evil"):
        with pytest.raises(CitingError, match="brings code"):
            taken(studio, changed(tiny_adapter, tmp_path, auto_mapping=other))


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:The following (rank|alpha)_pattern keys did not match:RuntimeWarning")
@pytest.mark.parametrize("save", [save_gpt2, bare_gpt2, save_mixtral])
def test_an_adapter_of_gpt2_or_of_experts_comes_back_from_its_own_export_and_answers(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    from citing_app.worker.adapters import Adapters

    student = save(tmp_path / "student")
    adapter = save_adapter(student, tmp_path / "adapter", seed=1)
    studio = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student=str(student)))
    try:
        number = import_adapter(studio, adapter, None, "ada")
        export_adapter(studio, number, "adapter", tmp_path / "out.zip", Job("export", ""))
        again = taken(studio, tmp_path / "out.zip")
    finally:
        studio.close()
    assert adapter_hash(again) == adapter_hash(adapter)
    model = AutoModelForCausalLM.from_pretrained(student)
    tokens = torch.arange(8)[None]
    base = model(tokens).logits
    with Adapters(model).using(again), torch.no_grad():
        assert not torch.allclose(model(tokens).logits, base)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_damaged_is_told_however_it_is_compressed(
    studio: Studio, tiny_adapter: Path, tmp_path: Path, compression: int
) -> None:
    target = tmp_path / "adapter.zip"
    with zipfile.ZipFile(target, "w", compression=compression) as zipped:
        for name in (CONFIG, WEIGHTS):
            zipped.write(tiny_adapter / name, name)
    data = target.read_bytes()
    target.write_bytes(data[: len(data) // 2] + b"\xff" * 64 + data[len(data) // 2 + 64 :])
    with pytest.raises(CitingError, match=r"^adapter.zip (is not a zip that can be read|cannot be read: Invalid data)"):
        taken(studio, target)


def test_a_configuration_with_a_mark_of_windows_before_it_is_read(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    folder = changed(tiny_adapter, tmp_path)
    (folder / CONFIG).write_bytes(b"\xef\xbb\xbf" + (folder / CONFIG).read_bytes())
    assert adapter_hash(taken(studio, folder)) == adapter_hash(tiny_adapter)


@pytest.mark.parametrize(
    "name",
    [
        lambda name: name.removeprefix("base_model.model."),
        lambda name: name.replace(".lora_A.", ".lora_A.default.").replace(".lora_B.", ".lora_B.default."),
        lambda name: name.replace("model.model.layers", "model.layers"),
    ],
    ids=["without PEFT's prefix", "with the adapter's name", "of the model without its head"],
)
def test_names_that_peft_would_not_find_become_those_that_it_does(
    name: Callable[[str], str], studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    before = load_file(tiny_adapter / WEIGHTS)
    source = rewritten(tiny_adapter, tmp_path, lambda found: {name(key): one for key, one in found.items()})
    assert not load_file(source / WEIGHTS).keys() & before.keys()
    after = load_file(taken(studio, source) / WEIGHTS)
    assert after.keys() == before.keys()
    assert all(after[key].equal(one) for key, one in before.items())


def test_of_several_adapters_the_one_nearest_the_root_is_taken_out_of_one_folder(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    deep, flat = "out__checkpoint-20", "out"
    source = packed(tmp_path / "a.zip", **{deep: other_tiny_adapter, flat: tiny_adapter})
    assert adapter_hash(taken(studio, source)) == adapter_hash(tiny_adapter)
    assert adapter_hash(taken(studio, source, "out/checkpoint-20/")) == adapter_hash(other_tiny_adapter)
    with zipfile.ZipFile(source, "a") as zipped:
        zipped.write(other_tiny_adapter / WEIGHTS, WEIGHTS)  # nearer, but half of one
        zipped.writestr(f"__MACOSX/{CONFIG}", b"resource fork")
    assert adapter_hash(taken(studio, source)) == adapter_hash(tiny_adapter)
    with zipfile.ZipFile(source) as zipped:
        zipped.extractall(tmp_path / "unpacked")
    assert adapter_hash(taken(studio, tmp_path / "unpacked")) == adapter_hash(tiny_adapter)


def test_two_adapters_as_near_are_a_question_that_names_them(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    source = packed(tmp_path / "a.zip", **{"checkpoint-10": tiny_adapter, "checkpoint-20": other_tiny_adapter})
    with pytest.raises(CitingError, match="say which folder is meant: checkpoint-10, checkpoint-20"):
        taken(studio, source)
    with pytest.raises(CitingError, match="no adapter in the folder checkpoint-1"):
        taken(studio, source, "checkpoint-1")
    assert adapter_hash(taken(studio, source, "checkpoint-20")) == adapter_hash(other_tiny_adapter)


def test_paths_with_backslashes_are_read(studio: Studio, tiny_adapter: Path, tmp_path: Path) -> None:
    source = tmp_path / "windows.zip"
    with zipfile.ZipFile(source, "w") as zipped:
        for name in (CONFIG, WEIGHTS):
            zipped.writestr(f"my adapter\\{name}", (tiny_adapter / name).read_bytes())
    assert adapter_hash(taken(studio, source, "my adapter\\")) == adapter_hash(tiny_adapter)


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_refused_in_every_kind_of_number(
    value: float, kind: torch.dtype, studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    def spoiled(found: dict[str, Any]) -> dict[str, Any]:
        tensors = {name: one.to(kind) for name, one in found.items()}
        list(tensors.values())[-1][-1, -1] = value
        return tensors

    with pytest.raises(CitingError, match="NaN or infinite"):
        taken(studio, rewritten(tiny_adapter, tmp_path, spoiled))
    largest = torch.finfo(kind).max
    taken(
        studio, rewritten(tiny_adapter, tmp_path, lambda found: {a: b.to(kind) * 0 + largest for a, b in found.items()})
    )


def test_weights_in_eight_bits_are_refused(studio: Studio, tiny_adapter: Path, tmp_path: Path) -> None:
    source = rewritten(tiny_adapter, tmp_path, lambda found: {a: b.to(torch.float8_e4m3fn) for a, b in found.items()})
    with pytest.raises(CitingError, match="stored as F8_E4M3"):
        taken(studio, source)
