"""The command `export`: the items that a filter holds, or that a round learned, as a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from citing_app.cli.flags import add_flags
from citing_app.workflows import exporting_data
from citing_app.workflows.data.exporting import SHAPES
from citing_app.workflows.desk.requests import ItemFilter
from citing_app.workflows.exporting_data import Export
from citing_app.workflows.studio import Studio


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The file, its columns, the filter as Browse has it, and the card."""
    command.add_argument("file", type=Path, metavar="FILE.jsonl|.parquet|.csv|.zip", help="a .zip is for the Hub")
    command.add_argument("--as", dest="shape", choices=SHAPES, default="full", help="the columns (default: full)")
    command.add_argument("--card", type=Path, metavar="FILE.md", help="write the data set's card, too")
    add_flags(command, Export, "for_excel", "learned_by", *ItemFilter.model_fields)


def export(studio: Studio, flags: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Write the file."""
    asked = Export.of({**vars(flags), "ending": None})  # the file says it
    made = exporting_data.export(studio, flags.file, asked, flags.card)
    result = {**made.told, "shape": asked.shape, "file": str(flags.file)}
    return result, f"{made} written to {flags.file}."
