"""What every loop that trains a round is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.heartbeat import StopRequest


@dataclass(frozen=True)
class Run:
    """One trainer's work on a round; `checkpoint` is what it goes on from, None: from the beginning."""

    directory: RoundDirectory
    spec: RoundSpec
    events: EventLog
    stop: StopRequest
    device: torch.device
    dtype: torch.dtype
    checkpoint: Path | None = None


@dataclass(frozen=True)
class Trained:
    """A PEFT model whose adapter is to be kept, and what `result.json` says of it."""

    model: Any
    result: dict[str, Any] = field(default_factory=dict)
