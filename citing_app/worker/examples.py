"""The held-out rows that the student answers best and worst, with their texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from citing_app.worker.dataset import Tokens

_EACH, _CHARACTERS = 5, 2000


def best_and_worst(path: Path, rows: Sequence[Tokens], losses: Sequence[float]) -> dict[str, list[dict[str, Any]]]:
    """Up to five rows of the lowest loss per answer token, best first, and of the highest, worst first; none twice.

    Each has `row` (its place in the file at `path`, from 0), `loss`, and the first 2,000 characters of its last
    `prompt` message, of the `turns` before that and of its `completion`.
    """
    texts = path.read_text(encoding="utf-8").split("\n")
    order = sorted(range(len(rows)), key=lambda i: (losses[i], rows[i].number))
    best, rest = order[:_EACH], order[_EACH:]
    return {
        name: [_example(json.loads(texts[rows[i].number]), rows[i].number, losses[i]) for i in chosen]
        for name, chosen in (("best", best), ("worst", rest[: -_EACH - 1 : -1]))
    }


def _example(row: dict[str, Any], number: int, loss: float) -> dict[str, Any]:
    *turns, asked = row["prompt"]
    return {
        "row": number,
        "loss": loss,
        "turns": [turn | {"content": turn["content"][:_CHARACTERS]} for turn in turns],
        "prompt": asked["content"][:_CHARACTERS],
        "completion": row["completion"][0]["content"][:_CHARACTERS],
    }
