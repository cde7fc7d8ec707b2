"""Adapters that were trained elsewhere: what is taken, what is refused, and what a round on one says."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.spec import Lora
from citing_app.settings import Settings
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.adapters.model_card import model_card
from citing_app.workflows.adapters.tree import adapters_view
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.supervising import find_rounds
from citing_app.workflows.rounds.training import cancel_round, repeat_round, start_round
from citing_app.workflows.rounds.view import made_from
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio
from tests.seeding import served_by, studio_with_accepted
from tests.worker.test_train import eventually


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path, warm_worker: WorkerProcess) -> Iterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student))
    opened = served_by(studio_with_accepted(settings, 4, "<b>set</b> | one"), warm_worker)
    yield opened
    opened.close()


def zipped(folder: Path, target: Path, *names: str) -> Path:
    with zipfile.ZipFile(target, "w") as packed:
        for name in names or (CONFIG, WEIGHTS):
            packed.write(folder / name, f"some/folder/{name}")
    return target


def changed(adapter: Path, root: Path, **changes: object) -> Path:
    """A copy of `adapter` below `root` whose configuration says something else."""
    folder = root / f"changed-{len(list(root.iterdir()))}"
    shutil.copytree(adapter, folder)
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | changes))
    return folder


def test_an_imported_zip_is_a_round_that_answers_and_is_found_again(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    number = import_adapter(studio, zipped(tiny_adapter, tmp_path / "a.zip"), "kind", "ada")
    adapter = adapter_of(studio, number)
    assert adapter is not None
    assert adapter_hash(adapter) == adapter_hash(tiny_adapter)
    (view,) = adapters_view(studio)["adapters"]
    assert (view["name"], view["kind"], view["started_by"]) == ("kind", "imported", "ada")
    messages = [{"role": "user", "content": "Why?"}]
    answers = [list(studio.student.complete([messages], adapter=one, max_new_tokens=8)) for one in (None, adapter)]  # type: ignore[list-item]
    assert answers[0] != answers[1]
    with studio.store.write() as cursor:
        cursor.execute("DELETE FROM rounds")
    find_rounds(studio)
    assert adapters_view(studio)["adapters"][0]["kind"] == "imported"
    with pytest.raises(CitingError, match="nothing to train on"):
        repeat_round(studio, number, "ada")


def test_a_folder_that_is_no_fitting_lora_is_refused_and_leaves_nothing(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    changed_here = partial(changed, tiny_adapter, tmp_path)
    cut = changed_here()
    (cut / WEIGHTS).write_bytes((cut / WEIGHTS).read_bytes()[:-1])
    no_weights = changed_here()
    (no_weights / WEIGHTS).rename(no_weights / "adapter_model.bin")
    bad_zip = tmp_path / "bad.zip"
    bad_zip.write_bytes(b"PK\x03\x04 no zip")
    cases = {
        changed_here(peft_type="IA3"): "no LoRA adapter",
        changed_here(auto_mapping={"parent_library": "os"}): "brings code",
        changed_here(modules_to_save=["lm_head"]): "brings code",
        changed_here(r="4"): "does not say r",
        cut: "not a whole safetensors",
        no_weights: "no adapter in safetensors",
        tmp_path / "nowhere": "cannot be read",
        bad_zip: "not a zip that can be read",
        zipped(tiny_adapter, tmp_path / "half.zip", WEIGHTS): "no readable adapter_config.json",
    }
    for source, sentence in cases.items():
        with pytest.raises(CitingError, match=sentence):
            import_adapter(studio, source, None, "ada")
    assert adapters_view(studio)["adapters"] == []
    assert list(studio.rounds_folder.glob("*")) == []
    assert list(studio.settings.data_dir.glob(".adapter-*")) == []


@pytest.mark.parametrize(
    "changes",
    [
        *({"init_lora_weights": name} for name in ("pissa", "pissa_niter_4", "OLoRA", "corda", "loftq", "lora_ga")),
        {"layer_replication": [[0, 2], [1, 2]]},
        {"kasa_config": {}, "use_dora": True},
        {"bias": "all"},
        {"megatron_config": {"a": 1}, "megatron_core": "this"},
        {"of_a_later_peft": "something"},
    ],
)
def test_an_adapter_that_needs_a_changed_student_is_refused(
    changes: dict[str, object], studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    with pytest.raises(CitingError, match="only plain LoRA on the unchanged student is taken"):
        import_adapter(studio, changed(tiny_adapter, tmp_path, **changes), None, "ada")
    assert adapters_view(studio)["adapters"] == []


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_imported_adapter_is_loaded_by_a_configuration_of_known_settings_and_leaves_the_student_as_it_is(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    from citing_app.worker.adapters import Adapters

    said = {"lora_dropout": 0.1, "use_rslora": True, "alpha_pattern": {"q_proj": 2}, "layers_to_transform": [0, 1]}
    dropped = {"init_lora_weights": "eva", "eva_config": {"rho": 2.0}, "base_model_name_or_path": "some/base"}
    source = changed(tiny_adapter, tmp_path, **said, **dropped)
    number = import_adapter(studio, source, None, "ada")
    directory = directory_of(studio, number)
    before, kept = json.loads((source / CONFIG).read_text()), json.loads((directory.adapter / CONFIG).read_text())
    assert kept == {key: before[key] for key in kept}
    assert kept.keys() >= said.keys()
    assert not kept.keys() & dropped.keys()
    assert directory.read_spec().lora == Lora(4, 16, 0.1, tuple(sorted(before["target_modules"])))

    model = AutoModelForCausalLM.from_pretrained(studio.settings.student)
    weights = dict(model.named_parameters())
    copies = {name: weight.detach().clone() for name, weight in weights.items()}
    with Adapters(model).using(directory.adapter) as digest:
        assert digest == adapter_hash(tiny_adapter)
    assert all(copies[name].equal(weight) for name, weight in weights.items())
    assert len(model.model.layers) == 2


def test_an_adapter_of_another_student_is_refused_by_its_shapes(studio: Studio, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_"
    (tmp_path / CONFIG).write_text(
        json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]})
    )
    for inside, outside, fits in ((32, 32, True), (64, 32, False), (32, 64, False)):
        weights = {f"{name}A.weight": torch.zeros(4, inside), f"{name}B.weight": torch.zeros(outside, 4)}
        save_file(weights, tmp_path / WEIGHTS)
        if fits:
            assert import_adapter(studio, tmp_path, None, "ada") == 1
        else:
            with pytest.raises(CitingError, match="does not fit this student"):
                import_adapter(studio, tmp_path, None, "ada")
    save_file({"base_model.model.lm_head.weight": torch.zeros(2, 2)}, tmp_path / WEIGHTS)
    with pytest.raises(CitingError, match="more than LoRA matrices"):
        import_adapter(studio, tmp_path, None, "ada")


def test_a_round_carried_on_from_an_imported_adapter_says_the_shape_that_it_keeps(
    studio: Studio, tiny_adapter: Path
) -> None:
    parent = import_adapter(studio, tiny_adapter, None, "ada")
    shape = directory_of(studio, parent).read_spec().lora
    assert (shape.r, shape.alpha) == (4, 16)
    with studio.device.turn("round", "a round"):  # it waits
        number = start_round(studio, Choices(parent=parent), "ada")
        assert directory_of(studio, number).read_spec().lora == shape
        assert made_from(studio, number)["spec"]["lora"]["r"] == 4
        assert f"| LoRA | r 4, alpha 16, on {', '.join(shape.targets)} |" in model_card(studio, number, "adapter")
        cancel_round(studio, number)
        assert eventually(lambda: not studio.jobs.running(round_job(number)))
