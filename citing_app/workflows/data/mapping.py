"""Columns mapped by hand: what each can become."""

from __future__ import annotations

from collections.abc import Mapping

from citing_app.errors import CitingError
from citing_app.workflows.data.fields import DROPPED, KEPT
from citing_app.workflows.data.raw import plain_name
from citing_app.workflows.data.rows import How

TARGETS = (
    *("instruction", "input", "output", "references", "messages", "system", "history"),
    *("draft", "revision", "draft_author", "revision_author", "chosen", "rejected", "category", "id"),
    *(KEPT, DROPPED),
)
"""What a column can be mapped to. Only metadata and nothing take several columns."""


def how(columns: Mapping[str, str], pairs: bool) -> How:
    """How rows are read with these columns mapped. Raises CitingError where two become the same."""
    single = [target for target in columns.values() if target not in (KEPT, DROPPED)]
    if twice := [target for target in single if single.count(target) > 1]:
        raise CitingError(f"Two columns cannot both become {twice[0]}; map one of them.")
    return How({plain_name(name): target for name, target in columns.items()}, pairs)
