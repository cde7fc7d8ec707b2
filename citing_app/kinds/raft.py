"""RAFT (arXiv 2304.06767): learn of a student's own answers, for each instruction the one that a reward likes best."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import SAMPLES
from citing_app.method.samples import sample_rows

KIND = Kind(
    name="raft",
    learns_from=SAMPLES,
    rows=lambda samples, chosen: sample_rows(samples),
    offers=("reward", *WATCHED),
    label="its own best answers (RAFT)",
    title="RAFT",
    about="LoRA on the best of several answers that the parent itself wrote",
    button="Train RAFT",
    task=lambda objective: "instruction → best of the student's own answers, by a reward (RAFT)",
)
