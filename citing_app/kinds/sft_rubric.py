"""SFT with rubrics: learn the train answers, the rubric in view and no draft: the control for what rubrics bring."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import RUBRIC_ANSWERS
from citing_app.method.training_rows import rubric_answer_rows

KIND = Kind(
    name="sft_rubric",
    learns_from=RUBRIC_ANSWERS,
    rows=lambda answers, chosen: rubric_answer_rows(answers),
    drafts_with="rubric",
    offers=("order", *WATCHED),
    epochs=3,
    patience=1,
    label="the answers, with their rubrics (SFT)",
    title="SFT with rubrics",
    about="LoRA on the train answers, the rubric in the prompt; its drafts are asked for in the same way",
    button="Train SFT with rubrics",
    task=lambda objective: "instruction and rubric → reference answer (SFT with rubrics)",
)
