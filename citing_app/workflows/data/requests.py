"""What can be asked of data: rows taken in and taken back, data sets renamed and deleted."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.data.importing import LONGEST_NAME
from citing_app.workflows.data.mapping import TARGETS, how
from citing_app.workflows.data.rows import How
from citing_app.workflows.request import LARGEST_ID, LONGEST_KNOWN, Chosen, Flag, Request, Text, Whole

_DATASET = Text("The data set", LONGEST_KNOWN)


class Import(Request):
    """A file's rows as one data set."""

    dataset: Annotated[str, Text("The data set", LONGEST_NAME, about="the data set's name (default: the file's)")] = ""
    held_out: Annotated[
        bool, Flag("Only to measure on", about="only to measure on: nothing ever learns these rows")
    ] = False
    pairs: Annotated[
        bool,
        Flag(
            "A preference's two answers as a pair",
            about="`rejected` is the draft, and `chosen` its revision",
            why="Without it, `chosen` is the reference answer.",
        ),
    ] = False
    columns: Annotated[dict[str, str], Chosen("The mapping of columns", TARGETS, 200, 200)] = {}  # noqa: RUF012
    update: Annotated[
        bool,
        Flag(
            "Updating",
            about="replace rows of the data set that have the same id",
            why="Rows of which something was decided, learned or measured stay as they are.",
        ),
    ] = False

    @property
    def how(self) -> How:
        """How rows are read."""
        return how(self.columns, self.pairs)


class OneImport(Request):
    """An import, by its number."""

    number: Annotated[int, Whole("The import", 1, LARGEST_ID)]


class OneDataset(Request):
    """A data set, by its name."""

    dataset: Annotated[str, _DATASET]


class RenameDataset(Request):
    """Another name for a data set."""

    dataset: Annotated[str, _DATASET]
    name: Annotated[str, Text("The name", LONGEST_NAME)]
