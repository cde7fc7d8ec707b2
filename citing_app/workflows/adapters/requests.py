"""What can be asked of adapters."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.adapters.exporting import FORMS, Form
from citing_app.workflows.request import LONGEST_KNOWN, Request, Text, Word
from citing_app.workflows.rounds.requests import OneRound

NAME = Text("The name", LONGEST_KNOWN, about="what to call it")


class NameAdapter(OneRound):
    """Another name for an adapter; an empty one takes it away."""

    name: Annotated[str, NAME] = ""


class ExportAdapter(OneRound):
    """An adapter written to a file, by itself or merged into its student."""

    form: Annotated[Form, Word("The form", FORMS)]


class ImportAdapter(Request):
    """An adapter that was trained elsewhere."""

    name: Annotated[str, NAME] = ""
