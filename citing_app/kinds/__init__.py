"""Kinds of round, one file each; a file added to this folder is a kind, and nothing else can become one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from citing_app.errors import CitingError
from citing_app.kinds.kind import Kind

DEFAULT = "citing"
"""The kind of a round for which none was chosen; lists begin with it."""
_BESIDE = ("kind", "package", "source")
"""Modules of this package that describe kinds and are none."""


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, which is that of its file; read once.

    Only the files of this package are looked at: no setting, spec or request can add one, or name a path.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name not in _BESIDE]
    ordered = sorted(names, key=lambda name: (name != DEFAULT, name))
    return MappingProxyType({name: _read(name) for name in ordered})


def kind_of(name: str) -> Kind:
    """The kind of this name. Raises CitingError where there is none."""
    if name not in kinds():
        raise CitingError(f"The kind of a round is one of {', '.join(kinds())}.")
    return kinds()[name]


def is_student(name: str) -> bool:
    """Whether the adapter of a round of this kind is a student; one that was imported, or whose kind is gone, is."""
    return name not in kinds() or kinds()[name].trains == "student"


def _read(name: str) -> Kind:
    kind: Kind = importlib.import_module(f"{__name__}.{name}").KIND
    if kind.name != name:
        raise ValueError(f"kinds/{name}.py calls its kind “{kind.name}”: give it the name of its file.")
    return kind
