"""A round at another strength and rounds mixed: on real adapters of the tiny student, with what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.spec import RoundSpec
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.adapters.blending import blend, blended_round, start_blend
from citing_app.workflows.adapters.model_card import model_card
from citing_app.workflows.adapters.requests import Blend
from citing_app.workflows.adapters.tree import adapters_view
from citing_app.workflows.chats.chatting import Answer, chat
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.studio import Studio
from tests.seeding import served_by, studio_with_accepted
from tests.worker.test_train import eventually
from tests.workflows.adapters.test_tree import trained

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
IDS = [[5, 17, 120, 33, 9, 250, 41]]


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path, warm_worker: WorkerProcess) -> Iterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student))
    opened = served_by(studio_with_accepted(settings, 4), warm_worker)
    yield opened
    opened.close()


def blended(studio: Studio, **asked: Any) -> int:
    return blend(studio, Blend.of(asked), "ada", Job("blend", ""))


def logits(studio: Studio, number: int | None) -> Any:
    """What the student predicts with a round's adapter, in float64; None is the base."""
    return predicted(Path(studio.settings.student), number and directory_of(studio, number).adapter)


def predicted(student: Path, adapter: Path | int | None, changes: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """What the student predicts with an adapter, or with its own weights changed by so much."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(student)
    for name, delta in changes.items():
        model.get_submodule(name.removeprefix("base_model.model.")).weight.data += delta
    model = PeftModel.from_pretrained(model, str(adapter)) if adapter else model
    with torch.inference_mode():
        return model(torch.tensor(IDS)).logits.double()


def deltas(folder: Path) -> dict[str, Any]:
    """ΔW of each module, in float64; only the alpha of q_proj may be one of its own."""
    from safetensors.torch import load_file

    config, tensors = json.loads((folder / CONFIG).read_text()), load_file(folder / WEIGHTS)
    power = 0.5 if config.get("use_rslora") else 1
    found = {}
    for module in (name.removesuffix(".lora_A.weight") for name in tensors if "lora_A" in name):
        a, b = (tensors[f"{module}.lora_{one}.weight"].double() for one in "AB")
        alpha = (config.get("alpha_pattern") or {}).get(module.split(".")[-1], config["lora_alpha"])
        found[module] = alpha / a.shape[0] ** power * b @ a
    return found


def test_a_round_at_strength_0_answers_as_the_base_bit_for_bit_and_at_another_its_change_is_multiplied(
    studio: Studio, tiny_adapter: Path
) -> None:
    first = trained(studio, tiny_adapter)
    none, half = blended(studio, round=first, strength=0, name="none"), first + 2
    start_blend(studio, Blend.of({"round": first, "strength": 0.5}), "ada")
    assert eventually(lambda: not studio.jobs.running("blend"))
    assert logits(studio, none).equal(logits(studio, None))
    assert not logits(studio, half).equal(logits(studio, None))
    whole = deltas(tiny_adapter)
    assert all(delta.equal(0.5 * whole[name]) for name, delta in deltas(directory_of(studio, half).adapter).items())
    spec = directory_of(studio, half).read_spec()
    assert (spec.kind, spec.lora.r, spec.lora.alpha, spec.parent and spec.parent.round) == ("blend", 4, 16, first)
    assert RoundSpec.from_json(spec.to_json()) == spec
    (tree,) = adapters_view(studio)["adapters"]
    assert [(child["round"], child["name"], child["blend"]) for child in tree["children"]] == [
        (none, "none", [{"round": first, "hash": adapter_hash(tiny_adapter), "weight": 0.0}]),
        (half, None, [{"round": first, "hash": adapter_hash(tiny_adapter), "weight": 0.5}]),
    ]


def test_rounds_are_mixed_exactly_and_the_rank_is_the_sum(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    first = trained(studio, tiny_adapter)
    second = trained(studio, other_tiny_adapter, parent=first)
    mixed = blended(studio, round=second, mixed_with=first, strength=0.3)
    one, other = deltas(other_tiny_adapter), deltas(tiny_adapter)
    found = deltas(directory_of(studio, mixed).adapter)
    assert found.keys() == one.keys() == other.keys()
    for name, delta in found.items():
        assert (delta - (0.3 * one[name] + 0.7 * other[name])).abs().max() < 1e-6 * delta.abs().max()
    assert (logits(studio, mixed) - by_peft(studio, other_tiny_adapter, tiny_adapter)).abs().max() < 1e-4
    lora = directory_of(studio, mixed).read_spec().lora
    assert (lora.r, lora.alpha) == (8, 8)
    hashes = [adapter_hash(folder)[:12] for folder in (other_tiny_adapter, tiny_adapter)]
    card = model_card(studio, mixed, "adapter")
    assert f"| a blend of | 0.3 · round 2 ({hashes[0]}) + 0.7 · round 1 ({hashes[1]}) |" in card
    assert "| lineage | base → round 1 → round 2 → round 3 |" in card


def by_peft(studio: Studio, one: Path, other: Path) -> Any:
    """What the student predicts with .3 of one and .7 of the other adapter, as PEFT mixes them."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(studio.settings.student)
    model = PeftModel.from_pretrained(model, str(one), "one")
    model.load_adapter(str(other), "other")
    model.base_model.add_weighted_adapter(["one", "other"], [0.3, 0.7], "mixed", combination_type="cat")
    model.set_adapter("mixed")
    with torch.inference_mode():
        return model(torch.tensor(IDS)).logits.double()


def test_an_adapter_of_other_modules_scaled_in_another_way_is_mixed_exactly_too(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    """PEFT's own `cat` scales the mix by √r where the first adapter's `use_rslora` is set."""
    from safetensors.torch import load_file, save_file

    from citing_app.worker.blend import blend as mix

    config, weights = json.loads((tiny_adapter / CONFIG).read_text()), load_file(tiny_adapter / WEIGHTS)
    less = {name: 2 * one for name, one in weights.items() if "q_proj" in name or "layers.0.mlp.up" in name}
    save_file(less, tmp_path / WEIGHTS, {"format": "pt"})
    changed = {"use_rslora": True, "lora_alpha": 3, "alpha_pattern": {"q_proj": 5}}
    changed |= {"target_modules": ["q_proj", "layers.0.mlp.up_proj"]}
    (tmp_path / CONFIG).write_text(json.dumps(config | changed))
    made = tmp_path / "made"
    made.mkdir()
    mix([(tiny_adapter, 0.25), (tmp_path, 0.75)], made)
    one, other = deltas(tiny_adapter), deltas(tmp_path)
    assert 0 < len(other) < len(one)
    expected = {}
    for name, delta in deltas(made).items():
        expected[name] = 0.25 * one[name] + (0.75 * other[name] if name in other else 0)
        assert (delta - expected[name]).abs().max() < 1e-6 * delta.abs().max()
    assert (predicted(tiny_student, made) - predicted(tiny_student, None, expected)).abs().max() < 1e-4


def test_a_round_blended_with_itself_is_that_round(studio: Studio, tiny_adapter: Path) -> None:
    first = trained(studio, tiny_adapter)
    again = blended(studio, round=first, mixed_with=first, strength=0.3)
    assert adapter_hash(directory_of(studio, again).adapter) == adapter_hash(tiny_adapter)
    assert logits(studio, again).equal(logits(studio, first))


def test_what_cannot_be_blended_is_refused_in_one_sentence_and_leaves_nothing(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    first, stranger = trained(studio, tiny_adapter), trained(studio, other_tiny_adapter)
    cases: dict[str, dict[str, Any]] = {
        "Round 9 has no adapter": {"round": 9, "strength": 1},
        "does not descend from round 2": {"round": first, "mixed_with": stranger, "strength": 0.5},
        "choose one between 0 and 1": {"round": first, "mixed_with": first, "strength": 1.5},
        "The strength is a number between 0 and 2": {"round": first, "strength": 2.5},
        "at most 60 characters": {"round": first, "strength": 1, "name": "x" * 61},
    }
    for sentence, asked in cases.items():
        with pytest.raises(CitingError, match=sentence):
            start_blend(studio, Blend.of(asked), "ada")
    (directory_of(studio, stranger).adapter / WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(CitingError, match="could not be blended"):
        blended(studio, round=stranger, strength=0.5)
    assert [one["round"] for one in adapters_view(studio)["adapters"]] == [first, stranger]
    assert list(studio.settings.data_dir.glob(".adapter-*")) == []


def test_a_chat_at_a_strength_answers_as_the_round_saved_at_it_and_says_so(studio: Studio, tiny_adapter: Path) -> None:
    first = trained(studio, tiny_adapter)
    half = blended(studio, round=first, strength=0.5)

    def said(**asked: Any) -> Answer:
        return list(chat(studio, Chat.of({"message": "Why is the sky blue?", **asked})))[-1]

    found = {name: said(**asked) for name, asked in CHATS.items()}
    digest = adapter_hash(tiny_adapter)[:8]
    assert found["half"].model == f"round {first} · strength 0.5 · {digest}"
    assert found["whole"].model == f"round {first} · {digest}"
    assert found["half"].draft == said(model=str(half)).draft != found["whole"].draft
    assert (found["none"].draft, found["base"].model) == (found["base"].draft, "base")


CHATS: dict[str, dict[str, Any]] = {
    "half": {"model": "1", "strength": 0.5},
    "whole": {"model": "1"},
    "none": {"model": "1", "strength": 0},
    "base": {"strength": 0.5},
}


def test_who_waits_for_a_blend_gets_its_number_or_why_there_is_none(studio: Studio, tiny_adapter: Path) -> None:
    first = trained(studio, tiny_adapter)
    made = blended_round(studio, Blend(round=first, strength=0.5), "ada")
    (tree,) = adapters_view(studio)["adapters"]
    assert [(one["round"], one["kind"]) for one in tree["children"]] == [(made, "blend")]
    with pytest.raises(CitingError, match="Round 99 has no adapter"):
        blended_round(studio, Blend(round=99, strength=0.5), "ada")
