"""Which of a Hub data set's files are whose: the `configs` at the head of its card, where it says so.

A card that cannot be read, or says nothing of files, is as none: names then decide (`sources`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import yaml  # type: ignore[import-untyped]

from citing_app.errors import CitingError

CARD = "README.md"
_HEAD = "---"


def chosen(card: str, files: Collection[str], within: str) -> tuple[list[str], list[str]] | None:
    """The files to read of the data set called `within`, or of the card's default one, and those of its other splits.

    None where the card does not name files. Raises CitingError where it has several data sets and none is the default.
    """
    configs = {str(one.get("config_name", "default")): one for one in _configs(card) if one.get("data_files")}
    if not configs or (within and within not in configs):
        return None
    config = configs[within or _default(configs)]
    splits = {name: found for name, given in _splits(config["data_files"]) if (found := _matching(given, files))}
    if not splits:
        return None
    read = "train" if "train" in splits else next(iter(splits))
    others = {path for name, paths in splits.items() if name != read for path in paths}
    return splits[read], sorted(others)


def several(names: Iterable[str]) -> CitingError:
    """What is said where these data sets lie in one place, and none is named."""
    ordered = sorted(names)
    named = ", ".join(ordered[:8])
    return CitingError(f"There are several data sets in it ({named}); name one, as in …/{ordered[-1]}.")


def _default(configs: Mapping[str, Mapping[str, Any]]) -> str:
    marked = [name for name, one in configs.items() if one.get("default") is True]
    if not marked and "default" not in configs and len(configs) > 1:
        raise several(configs)
    return marked[0] if marked else "default" if "default" in configs else next(iter(configs))


def _configs(card: str) -> list[dict[str, Any]]:
    parts = card.split(f"{_HEAD}\n", 2) if card.startswith(_HEAD) else []
    try:
        head = yaml.safe_load(parts[1]) if len(parts) > 2 else None
    except yaml.YAMLError:
        return []
    found = head.get("configs") if isinstance(head, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _splits(given: Any) -> list[tuple[str, list[str]]]:
    """The patterns of each split: `data_files` is a pattern, several, or objects with `split` and `path`."""
    each = given if isinstance(given, list) else [given]
    if all(isinstance(one, dict) for one in each):
        return [(str(one.get("split", "train")), _texts(one.get("path"))) for one in each]
    return [("train", _texts(each))]


def _texts(given: Any) -> list[str]:
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]


def _matching(patterns: Iterable[str], files: Collection[str]) -> list[str]:
    asked = [pattern.removeprefix("./") for pattern in patterns]
    return sorted(path for path in files if any(fnmatchcase(path, pattern) for pattern in asked))
