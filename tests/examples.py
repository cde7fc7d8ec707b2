"""The examples of docs/extending.md and docs/pages.md, written where they say they belong, in a copy of the studio."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.conftest import ROOT

_DOCUMENTS = (ROOT / "docs" / "extending.md", ROOT / "docs" / "pages.md")


def copy_studio(root: Path) -> None:
    """What a person runs, in an empty folder."""
    for name in ("citing_app", "assets"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)


def write_example(root: Path, name: str) -> None:
    """Write the example of this file name, as it stands in its document."""
    (text,) = re.findall(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", _documents(), re.DOTALL | re.MULTILINE)
    (root / name).write_text(text, encoding="utf-8")


def add_lines(root: Path) -> None:
    """Add the lines of the document's diff: each after the line that holds what stands behind `@@`."""
    (text,) = re.findall(r"^```diff\n(.*?)^```$", _documents(), re.DOTALL | re.MULTILINE)
    target, anchor = root, ""
    for line in text.splitlines():
        if line.startswith("+++ b/"):
            target = root / line.removeprefix("+++ b/")
        elif line.startswith("@@ "):
            anchor = line.removeprefix("@@ ")
        elif line.startswith("+"):
            before, held, after = target.read_text(encoding="utf-8").partition(anchor)
            assert held, f"{target.name} holds no line {anchor!r}"
            rest, _, below = after.partition("\n")
            target.write_text(f"{before}{held}{rest}\n{line[1:]}\n{below}", encoding="utf-8")


def _documents() -> str:
    return "".join(document.read_text(encoding="utf-8") for document in _DOCUMENTS)
