"""A round within a budget: as many steps as it pays for and not one more, and a schedule that ends with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.budget import LEARNING, within_budget
from citing_app.worker.comparing import ComparingTrainer
from tests.worker.test_trainer import build, make, sigterm  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


@pytest.mark.parametrize("order", ["length", "given"])
@pytest.mark.parametrize("budget", [1_000, 2_500, 7_000])
def test_a_round_spends_its_budget_within_a_step(order: str, budget: int, tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, budget=budget, order=order, batch_size=4)
    trainer = build(directory)
    trainer.run(None)
    spent = LEARNING * int(trainer.state.num_input_tokens_seen)
    lengths = sorted(trainer.train_dataset.lengths)
    assert spent <= budget < spent + LEARNING * sum(lengths[-4:])
    rates = [log["learning_rate"] for log in trainer.state.log_history if "learning_rate" in log]
    assert rates[-1] == min(rates)  # the schedule has ended
    assert rates[-1] == pytest.approx(2e-4 / len(rates), rel=0.2)


def test_what_is_read_before_the_first_step_is_paid_first(tiny_student: Path, tmp_path: Path) -> None:
    plain, by_reference = (
        within_budget(RoundSpec(1, "run", "x", budget=5_000, batch_size=4), [100] * 20, first) for first in (0, 2_000)
    )
    assert (plain.max_steps, by_reference.max_steps) == (6, 3)
    assert (plain.epochs, by_reference.epochs) == (2, 1)
    assert within_budget(RoundSpec(1, "run", "x"), [100], 0) == RoundSpec(1, "run", "x")
    for budget in (799, 2_799):
        with pytest.raises(CitingError, match="does not pay for one step"):
            within_budget(RoundSpec(1, "run", "x", budget=budget, batch_size=4), [100] * 20, budget // 2_799 * 2_000)


def test_only_what_is_relative_to_its_start_reads_its_rows_first(tiny_student: Path, tmp_path: Path) -> None:
    found = {}
    for number, kind in enumerate(("dpo", "rrhf"), start=1):
        directory = make(tmp_path, tiny_student, number, rows=8, kind=kind)
        trainer = build(directory)
        assert isinstance(trainer, ComparingTrainer)
        found[kind] = trainer.reads_first(trainer.train_dataset), sum(trainer.train_dataset.lengths)
    assert found["dpo"][0] == found["dpo"][1]
    assert found["rrhf"][0] == 0
