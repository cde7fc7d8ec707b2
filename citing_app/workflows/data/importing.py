"""Import: rows from a file into the store, in one transaction, with a report of every row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.diff import changed_share
from citing_app.method.identity import content_hash
from citing_app.store import accepted_answers, categories, instructions, pairs, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.store.pairs import NewPair
from citing_app.types import Criterion, Example, ImportReport, Instruction, Rejected, Rubric
from citing_app.workflows.data.columns import shown, unknown
from citing_app.workflows.data.rows import Raw, read_rows, tasks, to_example

BUNDLED = "bundled"
LONGEST_NAME = 100
_COLUMNS_NAMED = 10
CURRICULUM = Path(__file__).resolve().parents[3] / "assets" / "curriculum"


def import_file(store: Store, path: Path, dataset: str | None = None, held_out: bool = False) -> ImportReport:
    """Import a file's rows as one data set, named after the file by default.

    `held_out`: all its new rows are test rows, to measure on; nothing ever learns them.
    All that is good is imported in one transaction or not at all; a row that is no example is left out and named in
    the report. Raises CitingError where the file as a whole cannot be read.
    """
    name = (dataset or path.stem[:LONGEST_NAME]).strip()
    if not name.isprintable() or not name:
        raise CitingError("A data set needs a name of printable characters; give one with --dataset.")
    if len(name) > LONGEST_NAME:
        raise CitingError(f"The name of a data set has at most {LONGEST_NAME} characters; give a shorter one.")
    rows = read_rows(path)
    if not rows:
        raise CitingError(f"{path.name} holds no rows.")
    return import_rows(store, rows, name, held_out)


def import_rows(store: Store, rows: Sequence[Raw], dataset: str, held_out: bool = False) -> ImportReport:
    """Import rows as `import_file` does."""
    examples: list[Example] = []
    rejected: list[Rejected] = []
    unread: dict[str, None] = {}  # a set that keeps the order
    for number, raw in ((number, task) for number, row in enumerate(rows, start=1) for task in tasks(row)):
        try:
            examples.append(to_example(raw))
            unread |= dict.fromkeys(examples[-1].unread)
        except CitingError as error:
            rejected.append(Rejected(number, str(error)))
            unread |= dict.fromkeys(unknown(raw) if isinstance(raw, dict) else ())
    prepared = [_prepared(example) for example in examples]
    with store.write() as cursor:
        outcomes, revisions = _add(cursor, prepared, dataset, held_out)
    return ImportReport(
        dataset,
        read=len(examples) + len(rejected),
        imported=outcomes["imported"],
        duplicates=outcomes["duplicate"],
        rejected=tuple(rejected),
        revisions=revisions,
        updated=outcomes["updated"],
        without_answer=sum(not example.output for example in examples),
        columns_not_read=tuple(dict.fromkeys(map(shown, unread))),
    )


NOTHING_CAME = "Every row was rejected; nothing was imported."
"""What is said of a file of which `is_all_rejected` holds."""


def is_all_rejected(report: ImportReport) -> bool:
    """Whether a file with rows brought nothing."""
    return bool(report.rejected) and len(report.rejected) == report.read


def notes(report: ImportReport) -> list[str]:
    """What else a report has to say: the columns that were not read, and the rows without a reference answer."""
    found = []
    if names := list(report.columns_not_read[:_COLUMNS_NAMED]):
        more = len(report.columns_not_read) - len(names)
        found.append(f"Columns not read: {', '.join(names)}{f' and {more:,} more' if more else ''}.")
    if report.without_answer == 1:
        found.append("1 row has no reference answer.")
    elif report.without_answer:
        found.append(f"{report.without_answer:,} rows have no reference answer.")
    return found


def import_bundled(store: Store, folder: Path = CURRICULUM) -> ImportReport:
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
    return import_rows(store, [*answered, *turns], BUNDLED)


def _bundled_rows(path: Path, **fields: str) -> list[Raw]:
    return [{**_object(raw), **fields} for raw in read_rows(path)]


def _object(raw: Raw) -> dict[str, object]:
    if isinstance(raw, str):
        raise CitingError(f"The bundled curriculum is damaged: {raw}. Install CITING Studio again.")
    return raw


@dataclass(frozen=True)
class _Row:
    """An example with all that can be worked out before the one writer is taken."""

    example: Example
    hash: str
    edit_size: float


def _prepared(example: Example) -> _Row:
    size = 0.0 if example.draft is None else changed_share(example.draft, example.revision or "")
    return _Row(example, content_hash(example.instruction, example.input), size)


def _add(cursor: Cursor, rows: Sequence[_Row], dataset: str, held_out: bool) -> tuple[Counter[str], int]:
    """Add what is new; how many rows were imported, updated what is known or were duplicates, and new revisions."""
    known = instructions.known_hashes(cursor, [row.hash for row in rows])
    fresh: dict[str, Example] = {}
    for row in rows:
        if row.hash not in known:
            fresh.setdefault(row.hash, row.example)
    instructions.add(cursor, list(fresh.values()), dataset, held_out)
    ids = known | instructions.known_hashes(cursor, list(fresh))
    led, in_use = categories.successors(cursor), rubrics.newest(cursor)
    named = [(row, led.get(row.example.category or "", row.example.category)) for row in rows]
    sorted_rows = {ids[row.hash]: category for row, category in named if category in in_use}
    rubrics.add_members(cursor, sorted_rows, dataset)
    brought = _add_pairs(cursor, rows, ids, dataset)
    answered = _answer(cursor, rows, held_out)
    accepted = _accept(cursor, rows, held_out)
    return _outcomes(rows, brought, set(fresh), answered, accepted), sum(brought)


def _answer(cursor: Cursor, rows: Sequence[_Row], held_out: bool) -> set[str]:
    """Give instructions without a reference answer the first that a row brings; the hashes of those that got one."""
    answers: dict[str, str] = {}
    for row in rows:
        if _brings_answer(row):
            answers.setdefault(row.hash, row.example.output)
    return instructions.answer(cursor, answers, held_out)


def _accept(cursor: Cursor, rows: Sequence[_Row], held_out: bool) -> set[str]:
    """Give instructions the accepted answers that rows with several bring; the hashes of those that got one.

    A row with one answer adds none: another file's answer to the same question need not be as good.
    """
    answers: dict[str, list[str]] = {}
    for row in rows:
        if row.example.references:
            answers.setdefault(row.hash, []).extend((row.example.output, *row.example.references))
    return accepted_answers.add(cursor, answers, held_out)


def _brings_answer(row: _Row) -> bool:
    return bool(row.example.output) and not row.example.is_accepted_answer


def _outcomes(
    rows: Sequence[_Row], brought: Sequence[bool], fresh: set[str], answered: set[str], accepted: set[str]
) -> Counter[str]:
    """What became of the rows: what an instruction got counts for the first row that brought some of it."""
    outcomes: Counter[str] = Counter()
    for row, added in zip(rows, brought, strict=True):
        gave = row.hash in answered and _brings_answer(row)
        accepts = row.hash in accepted and bool(row.example.references)
        outcomes["imported" if added or row.hash in fresh else "updated" if gave or accepts else "duplicate"] += 1
        fresh.discard(row.hash)
        answered -= {row.hash} if gave else set()
        accepted -= {row.hash} if accepts else set()
    return outcomes


def _add_pairs(cursor: Cursor, rows: Sequence[_Row], ids: Mapping[str, int], dataset: str) -> list[bool]:
    """Add the drafts and revisions that the rows bring; for each row, whether it brought a new one."""
    with_pair = [index for index, row in enumerate(rows) if row.example.draft is not None]
    stored = instructions.get(cursor, [ids[rows[index].hash] for index in with_pair])
    given = [_pair(rows[index], instruction, dataset) for index, instruction in zip(with_pair, stored, strict=True)]
    is_new = dict(zip(with_pair, pairs.add(cursor, given), strict=True))
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
