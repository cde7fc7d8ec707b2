"""What can be asked for of students."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import Request, Text


class OneStudent(Request):
    """A student: `bundled`, a hub name, or a folder of the machine that the app runs on."""

    student: Annotated[str, Text("The student", 500, about="`bundled`, a hub name, or a folder on the app's machine")]
