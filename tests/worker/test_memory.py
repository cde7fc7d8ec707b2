"""Memory that runs out: passes become smaller, the step stays the same step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import CitingError
from citing_app.rounds.events import EventLog, read_events
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.spec import Lora, RoundSpec
from citing_app.worker.architecture import Architecture
from citing_app.worker.batches import Batch, Collator, cut, rows_in
from citing_app.worker.dataset import Tokens
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.options import Options, choose_options
from citing_app.worker.round import build_trainer
from citing_app.worker.student import load_student
from citing_app.worker.trainer import RoundTrainer
from tests.worker.test_trainer import adapter_of, build, make

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


class SmallDevice(RoundTrainer):
    """Runs out of memory in the backward pass of more than `fits` rows, from pass number `begins` on."""

    fits, begins, passes = 8, 0, 0

    def compute_loss(self, model: Any, inputs: Batch, *args: Any, **kwargs: Any) -> Any:
        loss = super().compute_loss(model, inputs, *args, **kwargs)
        self.passes += 1
        if rows_in(inputs) > self.fits and self.passes > self.begins:
            loss.backward()  # gradients of the failed pass are there already
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return loss


def trained(directory: RoundDirectory, fits: int, begins: int = 0) -> SmallDevice:
    trainer = build_trainer(
        directory,
        directory.read_spec(),
        torch.device("cpu"),
        torch.float32,
        EventLog(directory.events),
        StopRequest(directory),
    )
    trainer.__class__ = SmallDevice
    assert isinstance(trainer, SmallDevice)
    trainer.fits, trainer.begins = fits, begins
    trainer.run(None)
    return trainer


def small_for_measuring(trainer: RoundTrainer, fits: int) -> None:
    """Let memory run out where more than `fits` rows are measured at once."""

    def refuse(model: Any, args: Any, inputs: Batch) -> None:
        if not model.training and rows_in(inputs) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    trainer.model.register_forward_pre_hook(refuse, with_kwargs=True)


def memory_of(directory: RoundDirectory) -> list[tuple[int, int]]:
    told = [event for event in read_events(directory.events) if event["kind"] == "memory"]
    assert all(event["peak_bytes"] > 0 for event in told)
    return [(event["batch_size"], event["accumulation"]) for event in told]


@pytest.mark.parametrize(("begins", "told"), [(0, [(2, 4)]), (3, [(8, 1), (4, 2), (2, 4)])])
def test_halved_passes_learn_the_same(
    begins: int, told: list[tuple[int, int]], tiny_student: Path, tmp_path: Path
) -> None:
    whole, cut_up = (make(tmp_path, tiny_student, n, epochs=2, lora=Lora(r=4)) for n in (1, 2))
    expected, found = trained(whole, 8), trained(cut_up, 2, begins)
    assert memory_of(whole) == [(8, 1)]
    assert memory_of(cut_up) == told
    assert found.validation_losses == pytest.approx(expected.validation_losses, rel=1e-5)
    losses, others = ([log["loss"] for log in t.state.log_history if "loss" in log] for t in (expected, found))
    assert others == pytest.approx(losses, rel=1e-5)
    assert not found.progress.checkpointing


@pytest.mark.parametrize("order", ["length", "easy"])
def test_measuring_in_fewer_rows_at_once_finds_the_same(order: str, tiny_student: Path, tmp_path: Path) -> None:
    whole, cut_up = (build(make(tmp_path, tiny_student, number, order=order)) for number in (1, 2))
    small_for_measuring(cut_up, 3)
    for trainer in (whole, cut_up):
        trainer.run(None)
    assert cut_up.validation_losses == pytest.approx(whole.validation_losses, rel=1e-5)
    assert cut_up._easiest_first == whole._easiest_first
    assert memory_of(RoundDirectory(tmp_path / "rounds" / "0002"))[-1] == (2, 4)


def test_a_row_that_cannot_be_measured_alone_ends_the_round(tiny_student: Path, tmp_path: Path) -> None:
    trainer = build(make(tmp_path, tiny_student))
    small_for_measuring(trainer, 0)
    with pytest.raises(torch.OutOfMemoryError):
        trainer.run(None)


def test_a_row_that_does_not_fit_alone_is_computed_twice_before_the_round_fails(
    tiny_student: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student)
    with pytest.raises(torch.OutOfMemoryError):
        trained(directory, 0)
    with pytest.raises(torch.OutOfMemoryError):
        trained(make(tmp_path, tiny_student, 2, checkpointing="off"), 0)


def test_recomputed_activations_change_nothing(tiny_student: Path, tmp_path: Path) -> None:
    kept, twice = (
        adapter_of(trained(make(tmp_path, tiny_student, n, checkpointing=wish), 8))
        for n, wish in ((1, "off"), (2, "on"))
    )
    assert all(torch.equal(kept[name], twice[name]) for name in kept)


@pytest.mark.parametrize("packs", [False, True])
def test_a_batch_is_cut_at_rows(packs: bool) -> None:
    rows = [Tokens([1] * n, [2] * (n + 1), [0.5] * (n + 1)) for n in (2, 5, 3)]
    collator = Collator(0, weighted=True, packs=packs)
    pieces = cut(collator(rows), 2)
    for piece, expected in zip(pieces, [collator(rows[:2]), collator(rows[2:])], strict=True):
        assert piece.keys() == expected.keys()
        assert all(torch.equal(piece[name], expected[name]) for name in expected)


def test_packed_rows_have_the_loss_of_padded_ones(tiny_student: Path) -> None:
    rows = [Tokens([5, 6, 7], [8, 9]), Tokens([10] * 6, [11, 12, 13])]
    model = load_student(str(tiny_student), torch.float32)
    with torch.no_grad():
        padded, packed = (model(**Collator(0, packs=packs)(rows)).loss for packs in (False, True))
    torch.testing.assert_close(packed, padded, rtol=1e-5, atol=1e-5)


def test_options_take_what_is_there_and_say_what_is_not() -> None:
    gpu, cpu, half = torch.device("cuda"), torch.device("cpu"), torch.bfloat16
    spec, student = RoundSpec(1, "run", "student"), Architecture(2048)
    assert choose_options(spec, cpu, half, student, lambda name: True) == Options()
    assert choose_options(spec, gpu, half, student, lambda name: False) == Options()
    assert choose_options(spec, gpu, half, student, lambda name: True) == Options(
        "flash_attention_2", True, False, True
    )
    assert choose_options(spec, gpu, torch.float32, student, lambda name: True).attention is None
    bloom, lfm2 = Architecture(2048, takes_flash=False), Architecture(2048, is_recurrent=True)
    assert choose_options(spec, gpu, half, bloom, lambda name: True) == Options(liger=True)
    assert choose_options(spec, gpu, half, lfm2, lambda name: True) == Options("flash_attention_2", liger=True)
    for wish in ({"packing": "on"}, {"quantization": "4bit"}):
        wanted = RoundSpec(1, "run", "student", **wish)  # type: ignore[arg-type]
        with pytest.raises(CitingError, match="install"):
            choose_options(wanted, gpu, half, student, lambda name: False)
    assert json.loads(spec.to_json())["packing"] == "auto"
