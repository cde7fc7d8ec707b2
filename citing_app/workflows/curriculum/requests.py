"""What can be asked of a curriculum that there is; what is chosen for a new one is in settings.py."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import LARGEST_ROUND, Request, Whole


class OneCurriculum(Request):
    """A curriculum."""

    curriculum: Annotated[int, Whole("The curriculum", 1, LARGEST_ROUND)]
