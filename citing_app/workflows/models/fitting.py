"""Whether a student fits on the device, for chat and for a round: an estimate from its weights and its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

import psutil

from citing_app.errors import CitingError
from citing_app.models.about import About
from citing_app.rounds.estimate import as_bfloat16, chat_bytes, training_bytes
from citing_app.workflows.studio import Studio

Says = Literal["fits", "tight", "does not fit"]
_TIGHT = 0.7
"""From this share of the memory on: the system, the app and other programs want some, and the estimate may be low."""


class FitView(TypedDict):
    """The bytes that it takes, about, and what that means on this device."""

    bytes: int
    says: Says


@dataclass(frozen=True)
class Memory:
    """The memory of the device in bytes, its name and the numbers it computes with.

    `is_sure` is False while no worker and no round has told which device there is: then it is this computer's.
    """

    bytes: int
    name: str
    dtype: str
    is_sure: bool


def memory(studio: Studio) -> Memory:
    """That of the device that this machine's students run on. No worker is started to ask."""
    try:
        known = studio.known_device.info()
    except CitingError:
        known = {}
    total = known.get("total_bytes")
    if total is None:
        return Memory(psutil.virtual_memory().total, "CPU", "float32", is_sure=False)
    name = "CPU" if known["device"] == "cpu" else str(known["name"])
    return Memory(int(total), name, str(known["dtype"]), is_sure=True)


def fits(about: About, on: Memory) -> dict[str, FitView]:
    """For `chat` (drafts too), and for a `round` of usual rows."""
    weights = as_bfloat16(about.weights, about.config)
    return {
        "chat": _fit(chat_bytes(weights, about.config, dtype=on.dtype), on),
        "round": _fit(training_bytes(weights, about.config, dtype=on.dtype), on),
    }


def _fit(needed: int, on: Memory) -> FitView:
    share = needed / on.bytes
    return {"bytes": needed, "says": "does not fit" if share > 1 else "tight" if share > _TIGHT else "fits"}
