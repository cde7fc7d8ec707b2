"""Cells of a CSV file, which a spreadsheet may take for formulas."""

from __future__ import annotations

import json


def cell(value: object) -> str:
    """A value as a CSV has it: a list is JSON, nothing is empty."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else "" if value is None else str(value)


def needs_escape(text: str) -> bool:
    """Whether `safe_cell` puts an apostrophe before this text: a spreadsheet would take it for a formula, or an
    import would take its own apostrophes for the guard's."""
    return text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))


def safe_cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs as a formula; a number stays one."""
    text = cell(value)
    return f"'{text}" if isinstance(value, str) and needs_escape(text) else text


def without_guard(text: str) -> str:
    """The text that `safe_cell` made this cell of."""
    return text[1:] if text[:1] == "'" and needs_escape(text) else text
