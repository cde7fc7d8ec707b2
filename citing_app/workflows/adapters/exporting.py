"""Adapters out again: as PEFT or GGUF, alone or merged into the student, each with its model card."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.models.merging import merge, write_gguf
from citing_app.models.names import base_name, resolve_student
from citing_app.rounds.adapter import WEIGHTS, adapter_weights
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.running.jobs import Job
from citing_app.running.leftovers import UNFINISHED_EXPORT
from citing_app.workflows.adapters.model_card import model_card, student_card
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio

Form = Literal["adapter", "merged", "gguf", "gguf-adapter"]
"""PEFT's folder, and the whole model in safetensors; the whole model, and the adapter, for llama.cpp and Ollama."""
FORMS: tuple[Form, ...] = get_args(Form)
_PIECE = 2**22


def exported(studio: Studio, number: int | None) -> dict[str, dict[str, Any]]:
    """What was exported of this round, or of the student itself, by the pages: by form, the file and its bytes."""
    paths = {form: export_path(studio, number, form) for form in FORMS}
    return {form: {"file": str(path), "bytes": path.stat().st_size} for form, path in paths.items() if path.exists()}


def start_export(studio: Studio, number: int | None, form: Form) -> Path:
    """Export in the background; where in the exports folder it will be. Raises CitingError as `export_adapter` does."""
    _adapter(studio, number, form)
    target = export_path(studio, number, form)

    def work(job: Job) -> str:
        studio.exports_folder.mkdir(exist_ok=True)
        export_adapter(studio, number, form, target, job)
        return "The student is exported." if number is None else f"Round {number} is exported."

    title = "Exporting the student" if number is None else f"Exporting round {number}"
    studio.jobs.start(f"export {form} {number or BASE}", title, work)
    return target


def export_adapter(studio: Studio, number: int | None, form: Form, target: Path, job: Job) -> None:
    """Write the round in this form, or without one the student itself, to `target`.

    That is a zip where it ends in `.zip`, else a new folder. It appears whole or not at all. Raises CitingError for a
    round without an adapter, for a place that cannot be written and where there is no way to the form, Cancelled where
    it was stopped.
    """
    adapter = _adapter(studio, number, form)
    if target.suffix != ".zip" and target.exists():
        raise CitingError(f"{target} is there already; name a new folder, or a file ending in .zip.")
    try:
        with TemporaryDirectory(dir=target.absolute().parent, prefix=UNFINISHED_EXPORT) as made:
            folder = Path(made) / target.stem
            folder.mkdir()
            _fill(studio, number, adapter, form, folder, job)
            card = student_card(studio) if number is None else model_card(studio, number, form)
            (folder / "README.md").write_text(card, encoding="utf-8")
            finished = _zipped(folder, job) if target.suffix == ".zip" else folder
            os.replace(finished, target)
    except OSError as error:
        raise CitingError(f"{target} cannot be written: {error.strerror}.") from error


def export_path(studio: Studio, number: int | None, form: Form) -> Path:
    """The file of the exports folder that a page or an endpoint exports to."""
    base = "student" if studio.chosen.base == BASE else f"student-{studio.chosen.name}"
    name = base if number is None else f"round-{number:04d}"
    return studio.exports_folder / f"{name}-{form}.zip"


def _adapter(studio: Studio, number: int | None, form: Form) -> Path | None:
    if number is None and form != "gguf":
        raise CitingError("Choose a round; the student itself is exported as GGUF only.")
    return adapter_of(studio, number, of_any=form == "adapter")  # it leaves as it is, for its own student


def _fill(studio: Studio, number: int | None, adapter: Path | None, form: Form, folder: Path, job: Job) -> None:
    if number is not None and adapter is not None and form == "adapter":
        _copy_adapter(studio, number, adapter, folder)
        return
    student = resolve_student(studio.chosen.given, studio.settings.cache_dir)
    log = folder.parent / "worker.log"
    if adapter is not None and form == "merged":
        job.progress(0, None, "merging the adapter into the student")
        merge(student, adapter, folder, log, job.cancelled.is_set)
        return
    job.progress(0, 100, "writing the GGUF")
    write_gguf(student, adapter, folder, log, lambda percent: job.progress(percent, 100), alone=form == "gguf-adapter")


def _copy_adapter(studio: Studio, number: int, adapter: Path, folder: Path) -> None:
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
