"""The chart module of the pages, made to run in a file that stands alone.

A module in a `data:` address cannot import by a relative path. So each import is renamed to the module's path below
assets, and an import map says where that is: in the file itself. The report draws its charts with the very code of the
pages, and no build is needed.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from functools import partial
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[4] / "assets"
_IMPORT = re.compile(r'(\bfrom\s*|\bimport\s*)"(\.{1,2}/[^"]+\.js)"')


def import_map(entry: str, assets: Path = ASSETS) -> str:
    """The import map, as JSON, of the module `entry` (a path below `assets`) and all that it imports."""
    sources: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            text = (assets / name).read_text(encoding="utf-8")
            sources[name] = _IMPORT.sub(partial(_renamed, name), text)
            waiting += [_path(name, found[2]) for found in _IMPORT.finditer(text)]
    return json.dumps({"imports": {name: _address(text) for name, text in sorted(sources.items())}})


def _renamed(importer: str, found: re.Match[str]) -> str:
    return f'{found[1]}"{_path(importer, found[2])}"'


def _path(importer: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), relative))


def _address(text: str) -> str:
    return f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode()}"
