"""What a page needs is told to the browser at once."""

from __future__ import annotations

import re

import pytest

from citing_app.ui.assets import ASSETS, modules_of, versioned_path
from citing_app.ui.theme import preloads

SCRIPTS = sorted(path.stem for path in (ASSETS / "pages").glob("*.js") if "export default" in path.read_text())


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_module_that_is_imported_is_among_those_of_the_page(script: str) -> None:
    modules = modules_of(script)
    assert {"lib/panel.js", f"pages/{script}.js", "vendor/preact/preact.js"} <= set(modules)
    for module in modules:
        text = (ASSETS / module).read_text(encoding="utf-8")
        for path in re.findall(r'\bfrom\s*"(\.[^"]+)"', text):
            needed = (ASSETS / module).parent.joinpath(path).resolve()
            assert needed.relative_to(ASSETS).as_posix() in modules, f"{module} needs {path}"


def test_what_is_fetched_later_is_not_preloaded() -> None:
    assert "lib/rendered_later.js" in modules_of("review")
    assert "lib/markdown.js" not in modules_of("review")


def test_two_panels_of_a_page_preload_what_they_share_once() -> None:
    links = re.findall(r'<link rel="modulepreload" href="([^"]+)">', preloads(["data", "data_export"]))
    assert len(links) == len(set(links))
    assert f"{versioned_path()}/pages/data_export.js" in links
