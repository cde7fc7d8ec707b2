"""What can be asked of adapters."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.adapters.exporting import FORMS, Form
from citing_app.workflows.request import LARGEST_ROUND, LONGEST_KNOWN, Request, Text, Whole, Word
from citing_app.workflows.rounds.requests import OneRound
from citing_app.workflows.students import STRENGTH

NAME = Text("The name", LONGEST_KNOWN, about="what to call it")


class NameAdapter(OneRound):
    """Another name for an adapter; an empty one takes it away."""

    name: Annotated[str, NAME] = ""


class ExportAdapter(Request):
    """A round written to a file, by itself or merged into its student; without a round, the student itself."""

    form: Annotated[Form, Word("The form", FORMS)]
    round: Annotated[
        int | None, Whole("The round", 1, LARGEST_ROUND, about="which one; without it, the student itself as GGUF")
    ] = None


class ImportAdapter(Request):
    """An adapter that was trained elsewhere."""

    name: Annotated[str, NAME] = ""
    inside: Annotated[str, Text("The folder", LONGEST_KNOWN, about="its folder, where the file holds several")] = ""


class Blend(OneRound):
    """A round at another strength, or mixed with an earlier one, saved as a round."""

    strength: Annotated[float, STRENGTH]
    mixed_with: Annotated[
        int | None,
        Whole(
            "The round to mix it with",
            1,
            LARGEST_ROUND,
            about="a round that it descends from; the strength is then the share of the first",
        ),
    ] = None
    name: Annotated[str, NAME] = ""
