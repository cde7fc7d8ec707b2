"""Tokens drawn by chance, and by the same chance again where a seed says so."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor


class Drawing(LogitsProcessor):  # type: ignore[misc]
    """Leaves of each row's scores the one token that was drawn from softmax(scores / temperature); no token is cut off.

    Each row draws from a generator of its own, so its answer depends on its seed (None: a new one), and neither on its
    batch nor on what else the process draws: a chat may interrupt it, and a batch may be written again in halves.
    """

    def __init__(self, temperature: float, seeds: Sequence[int | None]) -> None:
        self._temperature = temperature
        self._rows = [random.Random(seed) for seed in seeds]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores (B, vocabulary) of the next tokens, with all but the drawn ones at minus infinity."""
        below = torch.softmax(scores.double() / self._temperature, dim=-1).cumsum(-1)
        drawn = torch.tensor([[row.random()] for row in self._rows], dtype=below.dtype, device=below.device)
        tokens = torch.searchsorted(below, drawn * below[:, -1:], right=True).clamp(max=scores.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, tokens, 0.0)
