"""What an import will do, before anything is written: the shapes that were seen, what each column becomes, the first
rows as they will be, and what is left out. Page and command show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.store.database import Store
from citing_app.types import Example, ImportReport, Rejected
from citing_app.workflows.data import importing, sifting
from citing_app.workflows.data.fields import DROPPED, KEPT, shown
from citing_app.workflows.data.rows import How
from citing_app.workflows.data.sifting import Sifted, sift
from citing_app.workflows.data.sources import not_read, opened

FIRST_ROWS = 5
ALL_REJECTED = "Every row is rejected; nothing can be imported."
_UPDATED = ("1 row updates what is here.", "{1} rows update what is here.")
_DUPLICATES = ("1 row brings nothing new.", "{1} rows bring nothing new.")
_LONGEST = 300
_MOST_COLUMNS = 200


@dataclass(frozen=True)
class First:
    """A row as it will be, its texts cut where they are long; `turns` counts the messages before the instruction."""

    turns: int
    instruction: str
    input: str
    output: str
    draft: str
    revision: str


@dataclass(frozen=True)
class Preview:
    """What an import will do. `read` = `good` + `duplicates` + len(`rejected`); `updated` of the good ones give
    something to what is there, the others are new. `shapes` counts rows by the columns with question and answer;
    `columns` says what each column becomes, by its name in the file."""

    name: str
    read: int
    good: int
    updated: int
    duplicates: int
    shapes: Mapping[str, int]
    columns: Mapping[str, str]
    first: Sequence[First]
    rejected: Sequence[Rejected]
    without_answer: int
    columns_not_read: Sequence[str]
    columns_kept: Sequence[str]
    left_out: Mapping[str, int]
    files_not_read: Sequence[str]

    @property
    def is_all_rejected(self) -> bool:
        """Whether no row can be imported."""
        return len(self.rejected) == self.read


def preview(store: Store, path: Path, how: How, dataset: str = "", *, update: bool = False) -> Preview:
    """What an import of a file, folder or Hub data set will do. Raises CitingError where it cannot be read."""
    source = opened(path)
    name = importing.dataset_name(dataset or source.name[: importing.LONGEST_NAME])
    found = sift(source.rows(how), how)
    if not found.read:
        raise CitingError(f"{source.label} holds no rows.")
    report = importing.rehearse(store, found, name, update=update)
    return Preview(
        name=name,
        read=report.read,
        good=report.imported + report.updated,
        updated=report.updated,
        duplicates=report.duplicates,
        shapes=dict(found.shapes.most_common()),
        columns=_columns(found, report),
        first=[_first(example) for example in found.examples[:FIRST_ROWS]],
        rejected=report.rejected,
        without_answer=report.without_answer,
        columns_not_read=report.columns_not_read,
        columns_kept=report.columns_kept,
        left_out=report.left_out,
        files_not_read=source.others,
    )


def notes(found: Preview) -> list[str]:
    """What else there is to say of the rows."""
    said = [ALL_REJECTED] if found.is_all_rejected else []
    for (one, many), count in ((_UPDATED, found.updated), (_DUPLICATES, found.duplicates)):
        if count:
            said.append(one if count == 1 else many.replace("{1}", f"{count:,}"))
    said += sifting.notes(found.columns_not_read, found.columns_kept, found.without_answer, found.left_out)
    return said + not_read(found.files_not_read)


def told(found: Preview) -> str:
    """The preview as lines of text."""
    lines = [f"{found.name}: {found.read:,} read, {found.good:,} can be imported. Nothing was written."]
    lines += [f"{sifting.rows_counted(count)}: {shape}" for shape, count in found.shapes.items()]
    lines += [f"column {shown(name)} becomes {role}" for name, role in found.columns.items() if role != KEPT]
    lines += notes(found)
    lines += [_line(number, first) for number, first in enumerate(found.first, start=1)]
    lines += [str(row) for row in found.rejected[:20]]
    lines += [f"… and {len(found.rejected) - 20:,} more"] if len(found.rejected) > 20 else []
    return "\n  ".join(lines)


def _columns(found: Sifted, report: ImportReport) -> dict[str, str]:
    """What each column becomes, most often first; one that does so nowhere is kept or not read."""
    read = {name: ", ".join(role for role, _ in roles.most_common()) for name, roles in found.roles.items()}
    if "category" in report.columns_kept:  # nobody has sorted anything into a category of this name
        read = {name: KEPT if role == "category" else role for name, role in read.items()}
    others = {**dict.fromkeys(found.unread, DROPPED), **dict.fromkeys(found.kept, KEPT)}
    return dict(
        list({**read, **{name: what for name, what in others.items() if name not in read}}.items())[:_MOST_COLUMNS]
    )


def _first(example: Example) -> First:
    texts = (example.instruction, example.input, example.output, example.draft or "", example.revision or "")
    return First(len(example.turns), *map(_cut, texts))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _line(number: int, first: First) -> str:
    texts = {"input": first.input, "output": first.output, "draft": first.draft, "revision": first.revision}
    parts = [f"{first.turns} earlier messages"] if first.turns else []
    parts += [f"instruction {_quoted(first.instruction)}"]
    parts += [f"{name} {_quoted(text)}" for name, text in texts.items() if text]
    return f"example {number}: {', '.join(parts)}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= 80 else f'{line[:79]}…'}”"
