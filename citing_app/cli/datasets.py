"""The commands `imports` and `dataset`: imports listed and taken back, data sets renamed and deleted."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from citing_app.workflows import importing_data
from citing_app.workflows.data import taking_back
from citing_app.workflows.data.requests import OneDataset, OneImport, RenameDataset
from citing_app.workflows.data.taking_back import Going, ImportView
from citing_app.workflows.studio import Studio

Result = dict[str, Any]


def add_imports(parser: argparse.ArgumentParser) -> None:
    """The flags of `imports`."""
    parser.add_argument("--take-back", type=int, metavar="N", help="undo import N, unless something of it is in use")


def imports(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    """Take an import back, or list what was imported."""
    if flags.take_back is not None:
        asked = OneImport.of({"number": flags.take_back})
        gone = importing_data.take_back(studio, asked.number, studio.settings.annotator)
        return asdict(gone), f"Import {asked.number} is taken back: {_told(gone)}."
    found = taking_back.imports_view(studio.store)
    return {"imports": found}, "\n".join(map(_line, found)) or "Nothing has been imported."


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Give `dataset` its actions: rename, delete."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    rename = actions.add_parser("rename", help="give a data set another name")
    rename.add_argument("dataset", metavar="OLD")
    rename.add_argument("name", metavar="NEW")
    rename.set_defaults(action=_rename)
    delete = actions.add_parser("delete", help="delete a data set, unless something of it is in use")
    delete.add_argument("dataset", metavar="NAME")
    delete.set_defaults(action=_delete)


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    """Do what the chosen action says; the result and a sentence on it."""
    found: tuple[Result, str] = flags.action(studio, flags)
    return found


def _rename(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    asked = RenameDataset.of(vars(flags))
    name = importing_data.rename(studio, asked, studio.settings.annotator)
    return {"dataset": name}, f"The data set {asked.dataset} is called {name} now."


def _delete(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    asked = OneDataset.of(vars(flags))
    gone = importing_data.delete(studio, asked.dataset, studio.settings.annotator)
    return asdict(gone), f"The data set {asked.dataset} is deleted: {_told(gone)}."


def _told(gone: Going) -> str:
    more = f", {gone.answers} answers" if gone.answers else ""
    back = f"; {gone.replaced} rows are as they were" if gone.replaced else ""
    return f"{gone.rows} rows and {gone.drafts} drafts{more} removed{back}"


def _line(one: ImportView) -> str:
    counts = one["counts"]
    came = ", ".join(f"{counts[name]} {name}" for name in ("imported", "updated", "duplicates", "rejected"))
    state = "; taken back" if one["taken_back_at"] else "" if one["is_left"] else "; stays"
    return f"{one['number']:4} {one['at'][:16]}  {one['file']} → {one['dataset']}: {came}{state}"
