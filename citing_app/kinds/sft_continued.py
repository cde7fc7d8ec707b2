"""SFT, continued: learn the train answers on from a round, the control for whether a gain is just more training."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import ANSWERS
from citing_app.method.training_rows import answer_rows

KIND = Kind(
    name="sft_continued",
    learns_from=ANSWERS,
    rows=lambda answers, chosen: answer_rows(answers),
    offers=("order", *WATCHED),
    label="the answers once more (SFT, continued)",
    title="SFT, continued",
    about="LoRA on the train answers, on from another round: what more training alone brings",
    button="Continue SFT",
    task=lambda objective: "instruction → reference answer (SFT, continued)",
)
