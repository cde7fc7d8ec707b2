"""What can be asked before one is let in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from citing_app.workflows.people.accounts import LONGEST_NAME, LONGEST_PASSWORD
from citing_app.workflows.request import Request, Text


class LogIn(Request):
    """A name and its password, which no log shows."""

    username: Annotated[str, Text("The name", LONGEST_NAME)] = ""
    password: Annotated[str, Text("The password", LONGEST_PASSWORD), Field(repr=False)] = ""
