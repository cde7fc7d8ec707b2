"""Where our scripts and styles are, and the version that is in their addresses."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent.parent / "assets"
ASSETS_PATH = "/studio"
_FIRST = "lib/panel.js"
_IMPORTED = re.compile(r'^(?:import|export)\b(?:[^;"]*\bfrom)?\s*"(\.[^"]+)";', re.MULTILINE)


@functools.cache
def assets_version() -> str:
    """Ten letters that change with any script or style: a new release is never mixed with a cached old one."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.rglob("*.*s")):
        digest.update(f"{path.relative_to(ASSETS).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def versioned_path() -> str:
    """The address below which the ES modules are served: what they import by a relative path has this version too."""
    return f"{ASSETS_PATH}/{assets_version()}"


@functools.cache
def modules_of(script: str) -> tuple[str, ...]:
    """The ES modules that the panel with this script needs before it can draw, by their paths below assets/.

    A browser learns of a module only from the one that imports it: told all of them at once, it waits for one answer
    instead of one after another. What is fetched later (`import()`) is not among them.
    """
    waiting = [ASSETS / _FIRST, ASSETS / "pages" / f"{script}.js"]
    found: dict[Path, None] = {}
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = None
            waiting += _imports_of(module)
    return tuple(module.relative_to(ASSETS).as_posix() for module in found)


@functools.cache
def _imports_of(module: Path) -> tuple[Path, ...]:
    """Read once, though most pages share most of them."""
    imported = _IMPORTED.findall(module.read_text(encoding="utf-8"))
    return tuple((module.parent / path).resolve() for path in imported)
