"""Where rows come from: a file, the folder of a Hub data set as it was downloaded, or the Hub itself.

Of a folder the files of its train split are read, as the `datasets` library finds them: those that its card names
(`card_files`), else by "train", "validation" or "test" in a file's or folder's name, all files where no name says so.
Of files in several formats those in the most common one are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from citing_app.errors import CitingError
from citing_app.workflows.data import card_files, hub
from citing_app.workflows.data.card_files import CARD
from citing_app.workflows.data.raw import Found
from citing_app.workflows.data.reading import ENDINGS, PACKED, name_of, read_file
from citing_app.workflows.data.rows import How

_ANY = "(?:^|[-._ 0-9/])(?:{})(?:$|[-._ 0-9/])"
_TRAIN = re.compile(_ANY.format("train|training"), re.IGNORECASE)
_OTHER = re.compile(_ANY.format("test|testing|eval|evaluation|validation|valid|val|dev"), re.IGNORECASE)
_NAMED = 5
_NO_ROWS = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"})


@dataclass(frozen=True)
class Source:
    """Files to read as one, and the name of them all; `others` are files with data that are not read."""

    name: str
    files: tuple[Path, ...]
    others: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How a sentence calls it."""
        return self.files[0].name if len(self.files) == 1 else self.name

    def rows(self, how: How | None = None) -> Iterator[Found]:
        """The rows of all files, one by one. Raises CitingError where one cannot be read."""
        named = how.columns if how else ()
        for path in self.files:
            for found in read_file(path, named):
                yield found if len(self.files) == 1 else Found(found.raw, f"{path.name}, {found.place}")


def opened(path: Path) -> Source:
    """What `path` names: a file, a folder, or `hf:owner/name`, which is downloaded. Raises CitingError where there is
    nothing to read."""
    if hub.is_hub(path):
        asked = hub.named(path)
        files = hub.files(asked)
        card = hub.download(asked, [CARD])[0].read_text("utf-8", "replace") if CARD in files else ""
        chosen, others = split(files, asked.within, card)
        return Source(asked.name, tuple(hub.download(asked, chosen)), others)
    if not path.is_dir():
        return Source(name_of(path), (path,))
    found = [one.relative_to(path).as_posix() for one in sorted(path.rglob("*")) if one.is_file()]
    card = (path / CARD).read_text("utf-8", "replace") if CARD in found else ""
    try:
        chosen, others = split(found, card=card)
    except CitingError as error:
        raise CitingError(f"{path.name or path}: {error}") from error
    return Source(path.resolve().name, tuple(path / one for one in chosen), others)


def not_read(files: Sequence[str]) -> list[str]:
    """What is said of files with data that are not read."""
    named = ", ".join(files[:_NAMED])
    more = len(files) - _NAMED
    if more > 0:
        return [f"Files not read: {named} and {more:,} more."]
    return [f"Files not read: {named}."] if files else []


def split(paths: Iterable[str], within: str = "", card: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the files of a data set those to read, and the others; only files in or at `within`, or of the data set that
    the `card` calls so.

    Raises CitingError where there are none, or several data sets.
    """
    all_files = [path for path in paths if _is_data(path)]
    if said := card_files.chosen(card, all_files, within):
        return tuple(said[0]), tuple(said[1])
    files = sorted(path for path in all_files if _lies(path, within))
    if not files:
        raise CitingError(f"There are no data files: {', '.join(ENDINGS)}, also with {' or '.join(PACKED)}.")
    if within in files:
        return (within,), ()
    train = [path for path in files if _TRAIN.search(path)]
    chosen = train or [path for path in files if not _OTHER.search(path)] or files
    kinds = Counter(map(_kind, chosen))  # a data set often lies there in two formats
    most = max(kinds, key=lambda kind: (kinds[kind], kind == ".parquet"))
    chosen = [path for path in chosen if _kind(path) == most]
    sets = {_folder(path) for path in chosen}
    if len(sets) > 1:
        raise card_files.several(sets)
    return tuple(chosen), tuple(path for path in files if path not in chosen)


def _is_data(path: str) -> bool:
    found = PurePosixPath(path)
    hidden = any(part.startswith((".", "_")) for part in found.parts)
    return not hidden and found.name not in _NO_ROWS and _ending(path) in ENDINGS


def _ending(path: str) -> str:
    found = PurePosixPath(path.lower())
    return PurePosixPath(found.stem).suffix if found.suffix in PACKED else found.suffix


def _kind(path: str) -> str:
    """The ending of a file's kind."""
    return {".ndjson": ".json", ".jsonl": ".json", ".tsv": ".csv"}.get(_ending(path), _ending(path))


def _lies(path: str, within: str) -> bool:
    return not within or path == within or path.startswith(f"{within}/")


def _folder(path: str) -> str:
    """The folder of a file without those that are named after a split, or hold parts: the name of its data set."""
    parts = PurePosixPath(path).parent.parts
    return "/".join(part for part in parts if not _TRAIN.search(part) and not _OTHER.search(part)) or "."
