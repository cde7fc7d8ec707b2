"""A round at another strength, W₀ + α·ΔW, or mixed with an earlier one, becomes a round; nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from citing_app.errors import CitingError
from citing_app.models.merging import blend as blend_weights
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.spec import BLEND, Ingredient, Parent
from citing_app.running.jobs import Job
from citing_app.running.leftovers import UNPACKED_ADAPTER
from citing_app.store import rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.adapters.adding import add_adapter
from citing_app.workflows.adapters.requests import Blend
from citing_app.workflows.adapters.tree import checked_name
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio

_JOB = "blend"
_POLL_SECONDS = 0.1


def start_blend(studio: Studio, asked: Blend, made_by: str, made: Callable[[int], None] = lambda number: None) -> Job:
    """Blend in the background; `made` hears the number. Raises CitingError as `blend` does."""
    _ensure_sound(studio, asked)

    def work(job: Job) -> str:
        number = blend(studio, asked, made_by, job)
        made(number)
        return f"Round {number} is the blend."

    return studio.jobs.start(_JOB, f"Blending round {asked.round}", work, needs=_numbers(asked))


def blended_round(studio: Studio, asked: Blend, made_by: str) -> int:
    """The number of the blend, which is waited for; its job goes on whoever waits. Raises CitingError as `blend`."""
    numbers: list[int] = []
    job = start_blend(studio, asked, made_by, numbers.append)
    while job.state == "running":
        time.sleep(_POLL_SECONDS)
    if not numbers:
        raise CitingError(job.message)
    return numbers[0]


def blend(studio: Studio, asked: Blend, made_by: str, job: Job) -> int:
    """Make round `asked.round` at this strength, or α of it and 1 − α of another one, a round; its number.

    It goes on from the round that it was made of. Mixed, its rank is the sum of both; a round mixed with itself is
    that round. Raises CitingError for a round without an adapter, and for one that it does not descend from.
    """
    row = _ensure_sound(studio, asked)
    adapters = {number: _adapter(studio, number) for number in _numbers(asked)}
    made_of = _ingredients(asked, {number: adapter_hash(folder) for number, folder in adapters.items()})
    job.progress(0, None, "blending")
    with TemporaryDirectory(dir=studio.settings.data_dir, prefix=UNPACKED_ADAPTER) as made:
        folder = Path(made)
        weighted = [(adapters[one.round], one.weight) for one in made_of]
        blend_weights(weighted, folder, folder / "blend.log", job.cancelled.is_set)
        parent = Parent(asked.round, str(adapters[asked.round]), made_of[0].hash)
        return add_adapter(
            studio, folder, asked.name, made_by, kind=BLEND, parent=parent, depth=row.depth, blend=made_of
        )


def _ensure_sound(studio: Studio, asked: Blend) -> RoundRow:
    """The round that is blended."""
    checked_name(asked.name)
    for number in _numbers(asked):
        _adapter(studio, number)
    with studio.store.read() as cursor:
        by_number = {row.number: row for row in rounds.all_rounds(cursor)}
    row = by_number[asked.round]
    if asked.mixed_with not in (None, *_line(by_number, asked.round)):
        raise CitingError(
            f"Round {asked.round} does not descend from round {asked.mixed_with}; mix it with one that it does."
        )
    if asked.mixed_with is not None and asked.strength > 1:
        raise CitingError("The strength of a mix is a share: choose one between 0 and 1.")
    return row


def _line(by_number: dict[int, RoundRow], number: int) -> list[int]:
    """A round and those that it descends from: of these what the blend has learned is known by its parent."""
    line = [number]
    while (parent := by_number[line[-1]].parent) in by_number and parent is not None:
        line.append(parent)
    return line


def _numbers(asked: Blend) -> list[int]:
    return [asked.round] if asked.mixed_with is None else list({asked.round: None, asked.mixed_with: None})


def _adapter(studio: Studio, number: int) -> Path:
    adapter = adapter_of(studio, number)
    assert adapter is not None
    return adapter


def _ingredients(asked: Blend, hashes: dict[int, str]) -> tuple[Ingredient, ...]:
    """One of weight 1 where both are the same weights: α·ΔW + (1 − α)·ΔW is ΔW, and so is its file."""
    first = hashes[asked.round]
    if asked.mixed_with is None:
        return (Ingredient(asked.round, first, asked.strength),)
    second = hashes[asked.mixed_with]
    if second == first:
        return (Ingredient(asked.round, first, 1.0),)
    return (
        Ingredient(asked.round, first, asked.strength),
        Ingredient(asked.mixed_with, second, 1 - asked.strength),
    )
