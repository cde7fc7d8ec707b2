"""The ES modules of the pages: each is checked by its types, and one alone touches what is global."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

ASSETS = ROOT / "assets"
MODULES = sorted([*(ASSETS / "lib").rglob("*.js"), *(ASSETS / "pages").rglob("*.js")])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ASSETS).as_posix())
def test_a_module_has_its_types_checked_and_imports_by_relative_paths(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check\n")
    assert max(map(len, text.splitlines())) <= 130  # the formatter keeps to 120, but for comments and sentences
    named = re.findall(r'^(?:import|export)\b[^;"]*\bfrom "([^"]+)";$', text, re.MULTILINE)
    named += re.findall(r"""\bimport\(\s*["'`]([^"'`]+)""", text)
    assert [name for name in named if not name.startswith(("./", "../"))] == []  # else it would have no version
    if path != ASSETS / "lib" / "shared.js":
        assert not re.search(r"(?<![/\w])studio\s*[.(\[]|\bglobalThis\b|\bwindow\b", text)


def test_what_pages_share_names_no_page() -> None:
    for path in MODULES:
        if (ASSETS / "lib") in path.parents:
            assert not re.search(r"pages/\w", path.read_text(encoding="utf-8")), path


VENDORED = {
    "preact/preact.js": (20_000, "MIT License", "Preact"),
    "preact/hooks.js": (20_000, "MIT License", "Preact"),
    "marked/marked.js": (60_000, "MIT", "marked"),
    "temml/temml.js": (180_000, "MIT License", "Temml"),
    "dompurify/purify.js": (100_000, "Apache License", "DOMPurify"),
}


@pytest.mark.parametrize("name", VENDORED)
def test_what_is_vendored_has_its_licence_and_version(name: str) -> None:
    path, (largest, licence, title) = ASSETS / "vendor" / name, VENDORED[name]
    assert path.stat().st_size < largest
    assert licence in (path.parent / "LICENSE").read_text(encoding="utf-8")
    assert re.search(rf"# {title} \d+\.\d+\.\d+", (path.parent / "README.md").read_text(encoding="utf-8"))
