"""A reward model (arXiv 1706.03741): say which of two answers a person would accept. It scores, and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import COMPARED
from citing_app.method.compared_rows import reward_rows
from citing_app.method.training_rows import TrainingRow
from citing_app.types import Pair


def rows(pairs: Sequence[Pair], chosen: Chosen) -> list[TrainingRow]:
    """A row for each two texts of a pair of which the desk says which is better."""
    return reward_rows(pairs)


KIND = Kind(
    name="reward",
    learns_from=COMPARED,
    rows=rows,
    trainer="reward",
    trains="reward",
    offers=("patience",),  # answers elsewhere have no rejected one beside them
    label="which answers are accepted (reward model)",
    title="Reward",
    about="LoRA with a scalar head, on accepted revisions against drafts",
    button="Train a reward model",
    task=lambda objective: "instruction and answer → score (reward model)",
)
