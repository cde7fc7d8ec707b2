"""Where our scripts and styles are, and the version that is in their addresses."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent.parent / "assets"
ASSETS_PATH = "/studio"


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
