"""RAFT (arXiv 2304.06767): learn of a student's own answers, for each instruction the one that a reward likes best."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import SAMPLES
from citing_app.method.samples import Samples, sample_rows
from citing_app.method.training_rows import TrainingRow


def rows(samples: Sequence[Samples], chosen: Chosen) -> list[TrainingRow]:
    """One row for each instruction."""
    return sample_rows(samples)


KIND = Kind(
    name="raft",
    learns_from=SAMPLES,
    rows=rows,
    offers=("reward",),
    label="its own best answers (RAFT)",
    title="RAFT",
    about="LoRA on the best of several answers that the parent itself wrote",
    button="Train RAFT",
    task=lambda objective: "instruction → best of the student's own answers, by a reward (RAFT)",
)
