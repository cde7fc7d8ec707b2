"""How SQL is written, read from the source: a row's values stand beside the names of their columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPLIED = 12
"""The newest migration of before this rule: what is applied to people's data is never rewritten."""
_INSERT = re.compile(r"INSERT(?: OR \w+)? INTO\s+(\S+)\s*(\(?)")


def statements(path: Path) -> Iterator[str]:
    """The texts of a file that may be SQL; the parts of an f-string one by one."""
    if path.suffix == ".sql":
        yield path.read_text(encoding="utf-8")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def unnamed(text: str) -> list[str]:
    """The tables into which `text` inserts by the order of their columns."""
    return [table for table, opens in _INSERT.findall(text) if not opens]


def sources() -> list[Path]:
    migrations = (ROOT / "citing_app" / "store" / "migrations").glob("*.sql")
    later = [path for path in migrations if int(path.name[:4]) > APPLIED]
    return [*(ROOT / "citing_app" / "store").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), *later]


def test_every_insert_names_its_columns() -> None:
    """A column that is added to a table, or moved in it, must not shift what older code writes."""
    found = [text for path in sources() for text in statements(path) if _INSERT.search(text)]
    assert len(found) > 30
    assert {
        path.name: tables for path in sources() if (tables := [t for s in statements(path) for t in unnamed(s)])
    } == {}


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("INSERT INTO prices VALUES (?, ?)", ["prices"]),
        ("INSERT OR IGNORE INTO prices SELECT 1", ["prices"]),
        ("INSERT INTO prices\n(teacher) SELECT 'INSERT'", []),
    ],
)
def test_an_insert_without_names_is_found(text: str, tables: list[str]) -> None:
    assert unnamed(text) == tables
