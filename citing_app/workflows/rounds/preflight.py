"""What is looked at before a round starts: revisions, disk, memory and long rows, each with one sentence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.method.samples import Fault
from citing_app.method.training_rows import answers_of
from citing_app.models.hub import local_folder
from citing_app.models.names import config_of, context_length, resolve_student, weights_bytes
from citing_app.models.token_counts import at_most
from citing_app.rounds.estimate import RowLengths, lora_bytes, training_bytes
from citing_app.rounds.spec import MAX_LENGTH, Lora
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import Material, SetAside
from citing_app.workflows.studio import Studio

FEW = 32
_SPARE_BYTES = 200 * 1024**2


@dataclass(frozen=True)
class Check:
    """One thing looked at: `ok`, a `warning`, or what `stops` the round."""

    level: Literal["ok", "warning", "stops"]
    text: str


def row_lengths(studio: Studio, material: Material) -> RowLengths:
    """The tokens of the rows, counted where the student's tokenizer is here."""
    answers = [answers_of(row) for row in material.train]
    rows = [*(one for some in answers for one in some), *material.validation]
    most = MAX_LENGTH
    try:
        student = resolve_student(studio.chosen.given, studio.settings.cache_dir)
        most = min(MAX_LENGTH, context_length(local_folder(student) or Path(student)) or MAX_LENGTH)
        counted = studio.token_counts.of(student, rows, most)
    except CitingError:  # the bundled student is not prepared yet
        counted = None
    lengths = [at_most(row) for row in rows] if counted is None else counted
    left = iter(lengths)
    train = [list(islice(left, len(some))) for some in answers]
    return RowLengths(train, list(left), counted is not None, most)


def preflight(
    studio: Studio,
    choices: Choices,
    material: Material,
    lengths: RowLengths,
    device: dict[str, Any],
    batch_size: int,
) -> list[Check]:
    """Everything that speaks for or against this round on this device, now."""
    enough = [_enough(choices, material), *_candidates(choices, material), *_installed(studio, choices)]
    try:
        student = resolve_student(studio.chosen.given, studio.settings.cache_dir)
        folder = local_folder(student) or Path(student)
    except CitingError as error:
        return [*enough, Check("stops", str(error))]
    memory = _memory(folder, device, batch_size * lengths.longest)
    return [*enough, _disk(studio, folder), memory, _long_rows(lengths)]


def ensure_can_start(checks: list[Check]) -> None:
    """Raises CitingError with the first reason that stops a round."""
    for check in checks:
        if check.level == "stops":
            raise CitingError(check.text)


def _enough(choices: Choices, material: Material) -> Check:
    source = kind_of(choices.kind).learns_from
    if not material.pairs and choices.criterion:
        return Check("stops", "No accepted revision that waits to be learned has an edit of this criterion.")
    if not material.pairs:
        return Check("stops", _told(material.set_aside) if material.set_aside else source.nothing)
    if material.pairs < FEW:
        few = f"With fewer than {FEW} {source.plural} a round learns little; more make a better student."
        return Check("warning", few)
    return Check("ok", "There is enough to learn.")


def _candidates(choices: Choices, material: Material) -> list[Check]:
    """Whether there are the candidates that were asked for."""
    found, pairs = material.with_candidates, material.pairs
    if not choices.candidates or found == pairs:
        return []
    if not found and material.set_aside:
        return [Check("stops", _told(material.set_aside))]
    if not found:
        return [
            Check(
                "stops",
                "The parent has no candidates for these revisions that this reward has scored: sample some for "
                "accepted revisions, here or by the command sample.",
            )
        ]
    return [Check("warning", f"Only {found:,} of {pairs:,} revisions have candidates; the others are ranked without.")]


def _told(aside: SetAside) -> str:
    empty, cut, long = (aside.counts.get(why, 0) for why in get_args(Fault))
    return (
        f"The parent has {sum(aside.counts.values()):,} candidates, and all were set aside: {cut:,} cut off, {empty:,} "
        f"empty or only thought, {long:,} more than twice as long as the longest accepted answer. Sample more with "
        "another seed, or carry on from another round."
    )


def _installed(studio: Studio, choices: Choices) -> list[Check]:
    """Whether the package that only such kinds need is here; what is installed elsewhere nobody knows."""
    needs, launchers = kind_of(choices.kind).needs, studio.launchers
    launcher = launchers.get(choices.launcher or next(iter(launchers.named)))
    try:
        if needs and not launcher.is_elsewhere:
            needs.ensure_installed()
    except CitingError as error:
        return [Check("stops", str(error))]
    return []


def _long_rows(lengths: RowLengths) -> Check:
    """What the trainer leaves out, in the words in which the finished round tells it (worker/dataset.py)."""
    left_out, most = lengths.too_long, lengths.most
    if not left_out:
        return Check("ok", "The student reads every row whole.")
    if not lengths.is_counted:
        return Check(
            "warning",
            f"At most {left_out:,} of the rows are longer than the student reads ({most:,} tokens) and would be left "
            "out; its tokenizer is not here yet to count them.",
        )
    if left_out == len(lengths.train):
        return Check(
            "stops", f"Every row is longer than the student reads ({most:,} tokens): nothing would be learned."
        )
    if left_out == 1:
        return Check("warning", f"1 row is longer than the student reads ({most:,} tokens) and will be left out.")
    return Check(
        "warning", f"{left_out:,} rows are longer than the student reads ({most:,} tokens) and will be left out."
    )


def _disk(studio: Studio, folder: Path) -> Check:
    """An adapter, two checkpoints of three times its size each, and something to spare."""
    needed = 7 * lora_bytes(config_of(folder), Lora().r) + _SPARE_BYTES
    free = shutil.disk_usage(studio.settings.data_dir).free
    if free < needed:
        sizes = f"{needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free"
        return Check("stops", f"The disk is too full for a round: it takes about {sizes}; free some space first.")
    return Check("ok", "The disk has room.")


def _memory(folder: Path, device: dict[str, Any], tokens: int) -> Check:
    """What is free counts what the generation worker holds: a round that needs its room sends it away."""
    weights, free = weights_bytes(folder), device.get("free_bytes")
    if free is None or not weights:
        return Check("ok", "How much memory there is will be seen when it starts.")
    free += device.get("held_bytes", 0)
    needed = training_bytes(weights, config_of(folder), tokens, device["dtype"])
    if free < weights:
        return Check("stops", "The student does not fit into the device's free memory; close what else uses it.")
    if free < needed:
        sizes = f"{needed / 1e9:.0f} GB, {free / 1e9:.0f} GB are free"
        return Check("warning", f"Memory is short: a round takes about {sizes}; chat will wait meanwhile.")
    return Check("ok", "There is enough memory.")
