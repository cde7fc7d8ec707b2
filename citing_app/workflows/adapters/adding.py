"""A PEFT adapter in a folder becomes a finished round."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from citing_app.models.names import resolve_student
from citing_app.rounds import foreign_adapter
from citing_app.rounds.adapter import adapter_hash, adapter_weights
from citing_app.rounds.finished import create_finished
from citing_app.rounds.layout import next_number
from citing_app.rounds.safetensors_bytes import rename_tensors
from citing_app.rounds.spec import RoundSpec
from citing_app.store import rounds
from citing_app.workflows.adapters.tree import checked_name, name_round
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.studio import Studio


def add_adapter(studio: Studio, folder: Path, name: str | None, added_by: str, **made: Any) -> int:
    """Make the adapter in `folder` a finished round; its number. `made` are settings of its spec, `kind` among them.

    Its weights are taken as they are, their names where PEFT would not find them and its configuration written anew.
    Raises CitingError for anything but a LoRA adapter in safetensors that fits the student as it is.
    """
    name = checked_name(name)
    student = resolve_student(studio.chosen.given, studio.settings.cache_dir)
    found = foreign_adapter.check(folder, Path(student) if Path(student).is_dir() else None)
    weights = adapter_weights(folder)
    if found.names:
        rename_tensors(weights, found.names)
    digest = adapter_hash(folder)
    with studio.starting_round:
        with studio.store.read() as cursor:
            number = next_number(studio.rounds_folder, rounds.highest_number(cursor))
        spec = RoundSpec(number, uuid.uuid4().hex, student, lora=found.lora, **made)
        result = {"adapter_hash": digest, "adapter_bytes": weights.stat().st_size, "base": found.base}
        directory = create_finished(studio.rounds_folder, spec, weights, found.config, result)
        record(studio, directory, added_by)
        import_round(studio, number)
    if name:
        name_round(studio, number, name)
    return number
