"""Any rows out and in again, in each shape and format: nothing new, nothing lost, cell by cell."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from citing_app.method.identity import split_of, task_hash
from citing_app.method.prompts import task_text
from citing_app.store import instructions, pairs
from citing_app.store.database import Store
from citing_app.store.exports import Shape, Which
from citing_app.store.journal import Journal
from citing_app.store.pairs import NewPair
from citing_app.types import Example, Filter, Speaker, Task, Turn
from citing_app.workflows.data.exporting import FORMATS, SHAPES, export
from citing_app.workflows.data.importing import import_file
from citing_app.workflows.data.reading import read_rows
from citing_app.workflows.data.rows import to_example
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from tests.seeding import count, request, waiting

TABLES = ("instructions", "drafts", "revisions", "items", "category_members", "accepted_answers")
EVERYTHING = Which(Filter())
EXAMPLES = int(os.environ.get("CITING_TEST_EXAMPLES", "3"))
PHASES = [phase for phase in Phase if phase is not Phase.shrink]  # a store for each try is too slow for that
WAYS = [*((ending, False) for ending in FORMATS), (".csv", True)]

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    [
        "=1+1",
        "'=1",
        "''-1",
        "@x",
        "\tx",
        "\r",
        "\r\n",
        '"',
        '[{"role": "assistant", "content": "x"}]',
        "[1]",
        "{}",
        "NaN",
    ]
)
FILLED = TEXTS.filter(str.strip)
VALUES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | TEXTS
METADATA = st.dictionaries(TEXTS, VALUES | st.lists(VALUES, max_size=2), max_size=3)
TURNS = st.lists(st.builds(Turn, st.sampled_from(get_args(Speaker)), TEXTS), max_size=3).map(tuple)


@dataclasses.dataclass(frozen=True)
class Kept:
    """A row as the store has it."""

    example: Example
    decision: str


@st.composite
def rows(draw: st.DrawFn) -> list[Kept]:
    """Rows with drafts and revisions in the train split, each undecided, accepted, edited or rejected."""
    made: dict[str, Kept] = {}
    for _ in range(draw(st.integers(1, 8))):
        task = Task(draw(FILLED), draw(TEXTS), draw(TURNS))
        texts = itertools.chain([task.instruction], (f"{task.instruction} {n}" for n in itertools.count()))
        task = next(
            one for text in texts if split_of(task_hash(one := dataclasses.replace(task, instruction=text))) == "train"
        )
        example = Example(
            instruction=task.instruction,
            input=task.input,
            turns=task.turns,
            output=draw(TEXTS),
            draft=draw(TEXTS),
            revision=draw(FILLED),
            draft_author=draw(FILLED),
            revision_author=draw(FILLED),
            row_id=draw(FILLED | st.none()),
            metadata=draw(METADATA),
        )
        made.setdefault(task_hash(task), Kept(example, draw(st.sampled_from(["accept", "edit", "reject", "nothing"]))))
    return list(made.values())


@contextmanager
def new_store(migrated: Path) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(migrated, folder)
        with Store(Path(folder)) as opened:
            yield opened


def stored(store: Store, journal: Journal, given: list[Kept]) -> None:
    """Keep these rows, and decide on them."""
    with store.write() as cursor:
        instructions.add(cursor, [one.example for one in given], "=set")
        known = instructions.by_hash(cursor, [task_hash(one.example.task) for one in given])
        pairs.add(
            cursor,
            [
                NewPair(found, e.draft or "", e.draft_author or "", e.revision or "", e.revision_author or "", (), 0.5)
                for found, e in zip(known, (one.example for one in given), strict=True)
            ],
        )
    for found, one in zip(waiting(store), given, strict=True):
        if one.decision != "nothing":
            decide(store, journal, Leases(), request(found, one.decision))  # type: ignore[arg-type]


def answer(one: Kept) -> str:
    return "Edited by ada." if one.decision == "edit" else one.example.revision or ""


def cells(path: Path) -> list[dict[str, Any]]:
    """The rows of an export as JSON has them, whatever the format: a CSV has no other nothing than an empty cell."""
    found = []
    for row in read_rows(path):
        assert isinstance(row, dict)
        lists = {name: row[name] for name in ("messages", "turns", "metadata", "references") if name in row}
        read = {name: json.loads(one) if isinstance(one, str) and one else one or None for name, one in lists.items()}
        found.append({name: value for name, value in (row | read).items() if name != "formula_guard"})
    return found


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(given=rows())
def test_nothing_is_new_and_nothing_is_lost(migrated: Path, given: list[Kept]) -> None:
    with tempfile.TemporaryDirectory() as folder, new_store(migrated) as store:
        stored(store, Journal(Path(folder) / "journal"), given)
        before = [count(store, table) for table in TABLES]
        for shape, (ending, for_excel) in itertools.product(SHAPES, WAYS):
            path = Path(folder) / f"{shape}{ending}"
            made = export(store, path, shape, EVERYTHING, for_excel=for_excel)
            if not made.rows:
                continue
            report = import_file(store, path)
            assert (report.read, report.duplicates, report.rejected) == (made.rows, made.rows, ())
            assert [count(store, table) for table in TABLES] == before
            assert report.columns_not_read == ()
            by_task = {task_hash(to_example(row).task): row for row in read_rows(path)}
            for row in cells(path):
                task = Task(row["instruction"], row["input"], tuple(Turn(**turn) for turn in row["turns"] or ()))
                one = next(kept for kept in given if kept.example.task == task)
                assert_is(row, one, shape)
                assert by_task.pop(task_hash(task))
            assert not by_task
            kept = [one for one in given if shape == "full" or holds(one, shape)]
            assert made.rows == len(kept)
            assert made.rows + made.left_out + made.not_accepted == len(given)


def holds(one: Kept, shape: Shape) -> bool:
    """Whether a trainer's shape has a place for this row."""
    is_left_out = {"alpaca": bool(one.example.turns), "preference": answer(one) == one.example.draft}
    return one.decision in ("accept", "edit") and not is_left_out.get(shape, False)


def assert_is(row: dict[str, Any], one: Kept, shape: Shape) -> None:
    """Whether every cell of an exported row is what the store has."""
    example = one.example
    assert (row["dataset"], row["id"] or None, row["metadata"] or {}) == ("=set", example.row_id, example.metadata)
    assert (row["teacher"], row["round"] or None) == (example.revision_author, None)
    assert (row["annotator"] or None) == ("ada" if one.decision != "nothing" else None)
    prompt = task_text(Task(example.instruction, example.input))
    asked = [*map(dataclasses.asdict, example.turns), {"role": "user", "content": prompt}]
    answered = [{"role": "assistant", "content": answer(one)}]
    if shape == "full":
        states = {"accept": "accepted", "edit": "accepted", "reject": "rejected", "nothing": "waiting"}
        assert row["state"] == states[one.decision]
        assert (row["output"], row["draft"], row["draft_author"]) == (
            example.output,
            example.draft,
            example.draft_author,
        )
        assert row["revision"] == answer(one)
        is_mine = one.decision == "edit" and example.revision != answer(one)
        assert row["revision_author"] == ("ada" if is_mine else example.revision_author)
    elif shape == "messages":
        assert row["messages"] == asked + answered
    elif shape == "alpaca":
        assert row["output"] == answer(one)
    else:
        texts = {"completion": answer(one), "chosen": answer(one), "rejected": example.draft}
        for name in texts.keys() & row.keys():
            said = [{"role": "assistant", "content": texts[name]}]
            assert row[name] in (texts[name], said, json.dumps(said, ensure_ascii=False))
        assert row["prompt"] in (prompt, asked, json.dumps(asked, ensure_ascii=False))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(given=rows(), ending=st.sampled_from(FORMATS), shape=st.sampled_from(SHAPES))
def test_another_store_gets_tasks_answers_ids_and_metadata(
    migrated: Path, given: list[Kept], ending: str, shape: Shape
) -> None:
    with tempfile.TemporaryDirectory() as folder, new_store(migrated) as store:
        stored(store, Journal(Path(folder) / "journal"), given)
        path = Path(folder) / f"rows{ending}"
        if not export(store, path, shape, EVERYTHING, for_excel=ending == ".csv").rows:
            return
        with new_store(migrated) as other:
            report = import_file(other, path)
            assert (report.imported, report.rejected) == (report.read, ())
            with other.read() as cursor:
                for one in (one for one in given if shape == "full" or holds(one, shape)):
                    (found,) = instructions.by_hash(cursor, [task_hash(one.example.task)])
                    assert found.task == one.example.task
                    output = one.example.output if shape == "full" else answer(one)
                    assert found.output == (output if output.strip() else "")
                    kept = cursor.execute(
                        "SELECT row_id, metadata FROM instructions WHERE id = ?", [found.id]
                    ).fetchone()
                    assert kept is not None
                    assert (kept[0], json.loads(kept[1] or "{}")) == (one.example.row_id, one.example.metadata)
            brought = {found.revision for found in waiting(other)}
            assert brought == ({answer(one) for one in given if one.decision != "reject"} if shape == "full" else set())
