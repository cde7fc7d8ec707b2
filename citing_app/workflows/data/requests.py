"""What can be asked of data: a file's rows taken in, accepted revisions written out."""

from __future__ import annotations

from typing import Annotated

from citing_app.store.exports import Shape
from citing_app.workflows.data.exporting import FORMATS, SHAPES
from citing_app.workflows.data.importing import LONGEST_NAME
from citing_app.workflows.request import Flag, Request, Text, Word


class Import(Request):
    """A file's rows as one data set."""

    dataset: Annotated[str, Text("The data set", LONGEST_NAME, about="the data set's name (default: the file's)")] = ""
    held_out: Annotated[
        bool, Flag("Only to measure on", about="only to measure on: nothing ever learns these rows")
    ] = False


class Export(Request):
    """Every accepted revision, as a file of this ending with these columns."""

    ending: Annotated[str, Word("An export's ending", FORMATS, about="the kind of file")] = ".jsonl"
    shape: Annotated[Shape, Word("An export's shape", SHAPES, about="the columns")] = "full"
