"""Adapters out again: a PEFT folder, or the student with the adapter merged into it, each with its model card."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.models.merging import merge
from citing_app.models.names import resolve_student
from citing_app.rounds.adapter import WEIGHTS, adapter_weights, ensure_made_for
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.running.jobs import Job
from citing_app.running.leftovers import UNFINISHED_EXPORT
from citing_app.workflows.adapters.model_card import base_name, model_card
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio

Form = Literal["adapter", "merged"]
FORMS: tuple[Form, ...] = get_args(Form)
_PIECE = 2**22


def exported(studio: Studio, number: int) -> dict[str, dict[str, Any]]:
    """What was exported of this round by the pages: by form, the file and its size in bytes."""
    paths = {form: _zip_path(studio, number, form) for form in FORMS}
    return {form: {"file": str(path), "bytes": path.stat().st_size} for form, path in paths.items() if path.exists()}


def start_export(studio: Studio, number: int, form: Form) -> None:
    """Export in the background to the exports folder. Raises CitingError for a round without an adapter."""
    adapter_of(studio.store, studio.rounds_folder, number)

    def work(job: Job) -> str:
        studio.exports_folder.mkdir(exist_ok=True)
        export_adapter(studio, number, form, _zip_path(studio, number, form), job)
        return f"Round {number} is exported."

    studio.jobs.start(f"export {form} {number}", f"Exporting round {number}", work)


def export_adapter(studio: Studio, number: int, form: Form, target: Path, job: Job) -> None:
    """Write the adapter, or the merged student, to `target`: a zip where it ends in `.zip`, else a new folder.

    It appears whole or not at all. Raises CitingError for a round without an adapter and for a place that cannot be
    written, Cancelled where it was stopped.
    """
    adapter = adapter_of(studio.store, studio.rounds_folder, number)
    assert adapter is not None
    if target.suffix != ".zip" and target.exists():
        raise CitingError(f"{target} is there already; name a new folder, or a file ending in .zip.")
    try:
        with TemporaryDirectory(dir=target.absolute().parent, prefix=UNFINISHED_EXPORT) as made:
            folder = Path(made) / target.stem
            folder.mkdir()
            _fill(studio, number, adapter, form, folder, job)
            (folder / "README.md").write_text(model_card(studio, number, form), encoding="utf-8")
            finished = _zipped(folder, job) if target.suffix == ".zip" else folder
            os.replace(finished, target)
    except OSError as error:
        raise CitingError(f"{target} cannot be written: {error.strerror}.") from error


def _fill(studio: Studio, number: int, adapter: Path, form: Form, folder: Path, job: Job) -> None:
    if form == "merged":
        job.progress(0, None, "merging the adapter into the student")
        student = resolve_student(studio.settings.student, studio.settings.cache_dir)
        ensure_made_for(adapter, student)
        merge(student, adapter, folder, folder.parent / "merge.log", job.cancelled.is_set)
        return
    shutil.copyfile(adapter_weights(adapter), folder / WEIGHTS)
    config = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
    student = directory_of(studio, number).read_spec().student
    config["base_model_name_or_path"] = base_name(student)  # not a path of this machine
    (folder / CONFIG).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _zipped(folder: Path, job: Job) -> Path:
    """A zip of `folder`, beside it. Weights do not shrink, so nothing is compressed."""
    files = sorted(folder.iterdir())
    total, done = sum(path.stat().st_size for path in files), 0
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w") as packed:
        for path in files:
            with path.open("rb") as source, packed.open(f"{folder.name}/{path.name}", "w", force_zip64=True) as entry:
                while piece := source.read(_PIECE):
                    entry.write(piece)
                    done += len(piece)
                    job.progress(done, total, "packing")
    return target


def _zip_path(studio: Studio, number: int, form: Form) -> Path:
    return studio.exports_folder / f"round-{number:04d}-{form}.zip"
