"""Cells of a CSV file, which a spreadsheet may take for formulas."""

from __future__ import annotations

import json


def needs_escape(text: str) -> bool:
    """Whether a CSV export puts an apostrophe before this text: a spreadsheet would take it for a formula, or an
    import would take its own apostrophes for the export's."""
    return text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))


def safe_cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs as a formula; a number stays one, a list is JSON, nothing is empty."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and needs_escape(text) else text
