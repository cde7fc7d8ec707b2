"""Import: rows from a file into the store, in one transaction, with a report of every row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.diff import changed_share
from citing_app.method.identity import task_hash
from citing_app.store import accepted_answers, categories, data_changes, imports, instructions, pairs, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.store.pairs import NewPair
from citing_app.types import Criterion, Example, ImportReport, Instruction, Rubric
from citing_app.workflows.data import sifting
from citing_app.workflows.data.raw import Raw
from citing_app.workflows.data.reading import read_rows
from citing_app.workflows.data.replacing import NOTHING, New, replace_by_id
from citing_app.workflows.data.rows import How
from citing_app.workflows.data.sifting import Sifted, sift
from citing_app.workflows.data.sources import not_read, opened

BUNDLED = "bundled"
LONGEST_NAME = 100
CURRICULUM = Path(__file__).resolve().parents[3] / "assets" / "curriculum"


def import_file(
    store: Store,
    path: Path,
    dataset: str | None = None,
    held_out: bool = False,
    how: How | None = None,
    *,
    update: bool = False,
    by: str = "",
    journal: Journal | None = None,
) -> ImportReport:
    """Import the rows of a file, a folder or a Hub data set (`sources`) as one data set, named after it by default.

    `held_out`: all its new rows are test rows, to measure on; nothing ever learns them. `update`: they replace the rows
    of the data set that have their `id`. `by` is who imports; without a journal the next start tells it.
    All that is good is imported in one transaction or not at all; a row that is no example is left out and named in
    the report. Raises CitingError where the file as a whole cannot be read.
    """
    source = opened(path)
    name = dataset_name(dataset or source.name[:LONGEST_NAME])
    found = sift(source.rows(how), how or How())
    if not found.read:
        raise CitingError(f"{source.label} holds no rows.")
    report = _import(store, found, name, held_out, update=update, by=by, journal=journal, file=source.label)
    return replace(report, files_not_read=source.others)


def dataset_name(given: str) -> str:
    """The name of a data set as it is kept. Raises CitingError where it cannot be one."""
    name = given.strip()
    if not name.isprintable() or not name:
        raise CitingError("A data set needs a name of printable characters; give one with --dataset.")
    if name == BUNDLED:
        raise CitingError("“bundled” is the data set that comes with the app; give another name.")
    if len(name) > LONGEST_NAME:
        raise CitingError(f"The name of a data set has at most {LONGEST_NAME} characters; give a shorter one.")
    return name


def import_rows(
    store: Store,
    rows: Iterable[Raw],
    dataset: str,
    held_out: bool = False,
    how: How | None = None,
    *,
    update: bool = False,
    by: str = "",
    journal: Journal | None = None,
    file: str = "",
) -> ImportReport:
    """Import rows as `import_file` does; `file` is the name of the one that they come from."""
    found = sift(rows, how or How())
    return _import(store, found, dataset, held_out, update=update, by=by, journal=journal, file=file)


def _import(
    store: Store,
    found: Sifted,
    dataset: str,
    held_out: bool,
    *,
    update: bool,
    by: str,
    journal: Journal | None,
    file: str,
) -> ImportReport:
    prepared = [_prepared(example) for example in found.examples]
    with store.write() as cursor:
        report = _put(cursor, found, prepared, dataset, held_out, update)
        change = _record(cursor, report, file or dataset, by)
    if change and journal:
        data_changes.tell(store, journal, change)
    return report


def rehearse(
    store: Store, found: Sifted, dataset: str, held_out: bool = False, *, update: bool = False
) -> ImportReport:
    """The report of an import that is not made."""
    prepared = [_prepared(example) for example in found.examples]
    with store.rehearsal() as cursor:
        return _put(cursor, found, prepared, dataset, held_out, update)


def _put(
    cursor: Cursor, found: Sifted, prepared: Sequence[_Row], dataset: str, held_out: bool, update: bool
) -> ImportReport:
    number = imports.next_number(cursor)
    replaced = NOTHING
    if update:
        new = [New(row.hash, row.example) for row in prepared]
        replaced = replace_by_id(cursor, new, dataset, held_out, number)
    left = [found.turned_down(place, reason) for place, reason in replaced.left.items()]
    rest = [row for place, row in enumerate(prepared) if place not in replaced.left]
    known = {*categories.successors(cursor), *rubrics.newest(cursor)}
    unknown = any(row.example.category not in (None, *known) for row in rest)
    outcomes, revisions = _add(cursor, rest, dataset, held_out, number, replaced.hashes)
    return ImportReport(
        dataset,
        read=found.read,
        imported=outcomes["imported"],
        duplicates=outcomes["duplicate"],
        rejected=tuple(sorted([*found.rejected, *left], key=lambda one: one.row)),
        revisions=revisions,
        updated=outcomes["updated"],
        without_answer=found.without_answer,
        columns_not_read=found.columns_not_read(),
        columns_kept=tuple(dict.fromkeys([*found.columns_kept(), *(["category"] if unknown else [])])),
        left_out=dict(found.left_out),
        import_id=number if imports.brought(cursor, number) else None,
    )


def _record(cursor: Cursor, report: ImportReport, file: str, by: str) -> str | None:
    """Record an import that brought something; the id of this change."""
    if report.import_id is None:
        return None
    counts = {name: getattr(report, name) for name in ("read", "imported", "updated", "duplicates", "revisions")}
    counts["rejected"] = len(report.rejected)
    imports.add(cursor, report.import_id, file, report.dataset, counts, by)
    detail = {"import": report.import_id, "file": file, "dataset": report.dataset, "counts": counts}
    return data_changes.add(cursor, "import", detail, by)


NOTHING_CAME = "Every row was rejected; nothing was imported."
"""What is said of a file of which `is_all_rejected` holds."""


def is_all_rejected(report: ImportReport) -> bool:
    """Whether a file with rows brought nothing."""
    return bool(report.rejected) and len(report.rejected) == report.read


def notes(report: ImportReport) -> list[str]:
    """What else a report has to say of the rows."""
    said = sifting.notes(report.columns_not_read, report.columns_kept, report.without_answer, report.left_out)
    return said + not_read(report.files_not_read)


def import_bundled(
    store: Store, folder: Path = CURRICULUM, by: str = "", journal: Journal | None = None
) -> ImportReport:
    """Import the bundled curriculum: rubrics, instructions sorted into their categories, and worked examples.

    The worked examples of all categories take turns, so that a person's first dozen shows a dozen categories.
    """
    answered: list[Raw] = []
    worked: list[list[Raw]] = []
    with store.write() as cursor:
        for path in sorted(path for path in folder.iterdir() if path.is_dir()):
            given = json.loads((path / "rubric.json").read_text(encoding="utf-8"))
            criteria = tuple(Criterion(**criterion) for criterion in given["criteria"])
            rubrics.add(cursor, Rubric(given["category"], criteria), given["description"])
            answered += _bundled_rows(path / "instructions.jsonl", category=given["category"])
            author = "worked example"
            worked.append(_bundled_rows(path / "worked_examples.jsonl", draft_author=author, revision_author=author))
    turns = [row for turn in zip_longest(*worked) for row in turn if row is not None]
    return import_rows(store, [*answered, *turns], BUNDLED, by=by, journal=journal)


def _bundled_rows(path: Path, **fields: str) -> list[Raw]:
    return [{**_object(raw), **fields} for raw in read_rows(path)]


def _object(raw: Raw) -> dict[str, object]:
    if isinstance(raw, str):
        raise CitingError(f"The bundled curriculum is damaged: {raw}. Install CITING Studio again.")
    return raw


@dataclass(frozen=True, slots=True)
class _Row:
    """An example with all that can be worked out before the one writer is taken."""

    example: Example
    hash: str
    edit_size: float


def _prepared(example: Example) -> _Row:
    size = 0.0 if example.draft is None else changed_share(example.draft, example.revision or "")
    return _Row(example, task_hash(example.task), size)


def _add(
    cursor: Cursor, rows: Sequence[_Row], dataset: str, held_out: bool, number: int, replaced: Set[str]
) -> tuple[Counter[str], int]:
    """Add what is new, as import `number`; how many rows were imported, updated what is known or were duplicates, and
    new revisions. `replaced` are the hashes of rows that took the place of others."""
    known = instructions.known_hashes(cursor, [row.hash for row in rows])
    led, in_use = categories.successors(cursor), rubrics.newest(cursor)
    names = {*led, *in_use}
    fresh: dict[str, Example] = {}
    for row in rows:
        if row.hash not in known:
            fresh.setdefault(row.hash, _with_category(row.example, names))
    instructions.add(cursor, list(fresh.values()), dataset, held_out, number)
    ids = known | instructions.known_hashes(cursor, list(fresh))
    named = [(row, led.get(row.example.category or "", row.example.category)) for row in rows]
    sorted_rows = {ids[row.hash]: category for row, category in named if category in in_use}
    rubrics.add_members(cursor, sorted_rows, dataset, number)
    brought = _add_pairs(cursor, rows, ids, dataset, number)
    answered = _answer(cursor, rows, held_out, number)
    accepted = _accept(cursor, rows, held_out, number)
    return _outcomes(rows, brought, set(fresh), answered, accepted, set(replaced)), sum(brought)


def _with_category(example: Example, known: set[str]) -> Example:
    """The example; with its category as metadata where no category has that name, since nobody is sorted into it."""
    if example.category is None or example.category in known:
        return example
    return replace(example, metadata={**example.metadata, "category": example.category})


def _answer(cursor: Cursor, rows: Sequence[_Row], held_out: bool, number: int) -> set[str]:
    """Give instructions without a reference answer the first that a row brings; the hashes of those that got one."""
    answers: dict[str, str] = {}
    for row in rows:
        if _brings_answer(row):
            answers.setdefault(row.hash, row.example.output)
    return instructions.answer(cursor, answers, held_out, number)


def _accept(cursor: Cursor, rows: Sequence[_Row], held_out: bool, number: int) -> set[str]:
    """Give instructions the accepted answers that rows with several bring; the hashes of those that got one.

    A row with one answer adds none: another file's answer to the same question need not be as good.
    """
    answers: dict[str, list[str]] = {}
    for row in rows:
        if row.example.references:
            answers.setdefault(row.hash, []).extend((row.example.output, *row.example.references))
    return accepted_answers.add(cursor, answers, held_out, number)


def _brings_answer(row: _Row) -> bool:
    return bool(row.example.output) and not row.example.is_accepted_answer


def _outcomes(
    rows: Sequence[_Row],
    brought: Sequence[bool],
    fresh: set[str],
    answered: set[str],
    accepted: set[str],
    replaced: set[str],
) -> Counter[str]:
    """What became of the rows: what an instruction got counts for the first row that brought some of it."""
    outcomes: Counter[str] = Counter()
    for row, added in zip(rows, brought, strict=True):
        gave = row.hash in answered and _brings_answer(row)
        accepts = row.hash in accepted and bool(row.example.references)
        updated = gave or accepts or row.hash in replaced
        outcomes["imported" if added or row.hash in fresh else "updated" if updated else "duplicate"] += 1
        fresh.discard(row.hash)
        replaced.discard(row.hash)
        answered -= {row.hash} if gave else set()
        accepted -= {row.hash} if accepts else set()
    return outcomes


def _add_pairs(cursor: Cursor, rows: Sequence[_Row], ids: Mapping[str, int], dataset: str, number: int) -> list[bool]:
    """Add the drafts and revisions that the rows bring; for each row, whether it brought a new one."""
    with_pair = [index for index, row in enumerate(rows) if row.example.draft is not None]
    stored = instructions.get(cursor, [ids[rows[index].hash] for index in with_pair])
    given = [_pair(rows[index], instruction, dataset) for index, instruction in zip(with_pair, stored, strict=True)]
    is_new = dict(zip(with_pair, pairs.add(cursor, given, number), strict=True))
    return [is_new.get(index, False) for index in range(len(rows))]


def _pair(row: _Row, instruction: Instruction, dataset: str) -> NewPair:
    example = row.example
    assert example.draft is not None
    assert example.revision is not None
    return NewPair(
        instruction=instruction,
        draft=example.draft,
        draft_author=example.draft_author or dataset,
        revision=example.revision,
        revision_author=example.revision_author or dataset,
        edits=example.edits,
        edit_size=row.edit_size,
    )
