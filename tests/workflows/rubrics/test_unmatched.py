"""What no rubric matches, in a real store: one vector for each text, the floor, the list, and the way out of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from citing_app.errors import CitingError, Refused
from citing_app.models.chat_model import Reply
from citing_app.models.embedder import Embedder, Vectors
from citing_app.models.student import Priority
from citing_app.models.teacher import Teacher
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import instructions, rubrics
from citing_app.store import unmatched as table
from citing_app.store.database import _MIGRATIONS, Cursor, Store
from citing_app.types import Criterion, Rubric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rubrics import unmatched
from citing_app.workflows.rubrics.assigning import assign_all, floor_of
from citing_app.workflows.rubrics.requests import SetFloor
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_model import Scripted, said


class Planar(Embedder):
    """Two directions: what is about the sea points east, the rest north, and odd texts in between or away."""

    name = "planar"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_batch(self, texts: Sequence[str], *, priority: Priority = "bulk") -> Vectors:
        self.texts += texts
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> list[float]:
        if "nothing" in text:
            return [0.0, 0.0, -1.0 if "Still" in text else 1.0]
        return [1.0, 0.0, 0.0] if "sea" in text else [0.0, 1.0, 0.0]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.embedder = Planar()
    with opened.store.write() as cursor:
        for name in ("sea", "land"):
            rubrics.add(cursor, Rubric(name, (Criterion("True", "It is.", "It is not."),)), "")
    rows = [{"instruction": f"A {name} question {n}?", "category": name} for name in ("sea", "land") for n in range(3)]
    import_rows(opened.store, rows, "sorted")
    yield opened
    opened.close()


def assign(studio: Studio) -> int:
    return assign_all(studio.store, studio.embedder, Job("assign", "Assigning"))


def wait(studio: Studio) -> None:
    done = threading.Event()
    while studio.jobs.running("assign"):
        done.wait(0.02)


def add(studio: Studio, *texts: str) -> list[int]:
    import_rows(studio.store, [{"instruction": text, "input": f"input {n}"} for n, text in enumerate(texts)], "new")
    with studio.store.read() as cursor:
        rows = cursor.execute("SELECT id FROM instructions WHERE dataset = 'new' ORDER BY id").fetchall()
    return [row[0] for row in rows]


def test_a_text_is_embedded_once_ever_whatever_instructions_hold_it(studio: Studio) -> None:
    add(studio, "The same sea.", "The same sea.", "Another sea.")
    assert assign(studio) == 8
    assert sorted(studio.embedder.texts).count("The same sea.") == 1  # type: ignore[attr-defined]
    with studio.store.read() as cursor:
        ids, vectors, _ = instructions.embeddings(cursor, "planar")
        assert (len(ids), vectors.shape, vectors.dtype) == (9, (9, 3), np.float32)
    assert assign(studio) == 0


def test_what_lies_below_the_floor_is_listed_with_what_comes_nearest(studio: Studio) -> None:
    ids = add(studio, "About nothing.", "About the sea.", "Still nothing.")
    assign(studio)
    page = unmatched.unmatched_page(studio.store, None)
    assert [row["id"] for row in page["rows"]] == [ids[0], ids[2]]
    assert {(row["nearest"], row["similarity"]) for row in page["rows"]} == {("land", 0.0)}
    assert page["next"] is None
    view = unmatched.unmatched_view(studio, "ada")
    assert (view["unmatched"], view["members"], sum(view["counts"]), view["counts_members"]) == (2, 6, 3, False)
    interval = {"low": 0.6097, "high": 1.0, "either_low": 0.6097, "either_high": 1.0}
    assert view["agreement"]["all"] == pytest.approx(
        {"n": 6, "first": 6, "second": 0, "share": 1.0, **interval}, abs=1e-3
    )


def test_what_a_person_picks_does_not_count_as_the_teachers_sorting(studio: Studio) -> None:
    (one,) = add(studio, "About nothing.")
    assign(studio)
    unmatched.pick(studio, [one], "land", "ada")
    wait(studio)
    view = unmatched.unmatched_view(studio, "ada")
    assert (view["members"], view["by_people"], view["agreement"]["all"]["n"]) == (7, 1, 6)


def test_the_list_is_paged_by_key(studio: Studio) -> None:
    ids = add(studio, *(f"About nothing {n}." for n in range(unmatched.PAGE + 3)))
    assign(studio)
    first = unmatched.unmatched_page(studio.store, None)
    second = unmatched.unmatched_page(studio.store, tuple(first["next"]))
    assert [row["id"] for row in first["rows"] + second["rows"]] == ids
    assert first["first"] == second["first"] == ids
    assert second["next"] is None


def test_a_person_picks_a_category_and_can_take_it_back(studio: Studio) -> None:
    one, two = add(studio, "About nothing.", "Still nothing.")
    assign(studio)
    assert unmatched.pick(studio, [one], "land", "ada") == 1
    wait(studio)
    assert [row["id"] for row in unmatched.unmatched_page(studio.store, None)["rows"]] == [two]
    with studio.store.read() as cursor:
        assert instructions.rubric_categories(cursor, [one, two]) == {one: "land", two: None}
    assert unmatched.unmatched_view(studio, "bob")["picks"] == []
    (pick,) = unmatched.unmatched_view(studio, "ada")["picks"]  # in another session too
    assert (pick["category"], pick["instructions"]) == ("land", [one])
    assert unmatched.take_back(studio, [one], "bob") == 0  # only one's own
    assert unmatched.take_back(studio, pick["instructions"], "ada") == 1
    assert unmatched.unmatched_view(studio, "ada")["picks"] == []
    wait(studio)
    assert len(unmatched.unmatched_page(studio.store, None)["rows"]) == 2


def test_what_cannot_be_picked_is_said(studio: Studio) -> None:
    one, sea = add(studio, "About nothing.", "About the sea.")
    assign(studio)
    with pytest.raises(CitingError, match="no category of this name"):
        unmatched.pick(studio, [one], "sky", "ada")
    with pytest.raises(CitingError, match="between 1 and 200"):
        unmatched.pick(studio, [], "land", "ada")
    with pytest.raises(Refused, match="have a rubric by now"):
        unmatched.pick(studio, [one, sea], "land", "ada")
    assert len(unmatched.unmatched_page(studio.store, None)["rows"]) == 1


def test_the_floor_is_set_by_a_person_or_follows_the_data_again(studio: Studio) -> None:
    add(studio, "About the sea.", "About nothing.")
    assign(studio)
    unmatched.set_floor(studio, -0.5, "ada")
    wait(studio)
    view = unmatched.unmatched_view(studio, "ada")
    assert (view["floor"], view["unmatched"], view["by_hand"]["author"]) == (-0.5, 0, "ada")
    unmatched.set_floor(studio, None, "ada")
    wait(studio)
    view = unmatched.unmatched_view(studio, "ada")
    assert (view["floor"], view["unmatched"], view["by_hand"]) == (view["floor_from_data"], 1, None)
    with pytest.raises(CitingError, match="between -1 and 1"):
        SetFloor.of({"floor": 1.5})
    with studio.store.read() as cursor:
        assert floor_of(cursor) == pytest.approx(0.08)
        assert cursor.execute("SELECT count(*) FROM floors").fetchone() == (2,)


def test_without_a_model_the_teacher_cannot_be_asked(studio: Studio) -> None:
    (one,) = add(studio, "About nothing.")
    assign(studio)
    with pytest.raises(CitingError, match="reference teacher cannot name categories"):
        unmatched.start_asking(studio, [one])


def test_the_teacher_names_the_category_that_is_missing(studio: Studio) -> None:
    def answer(prompt: str, times: int) -> Reply:
        if "criteria" in prompt and "criterion" in prompt:
            criteria = [{"name": f"C{n}", "good": "Yes.", "bad": "No."} for n in range(4)]
            return said(json.dumps({"criteria": criteria}))
        return said(json.dumps({"name": "emptiness", "description": "About nothing.", "category": 0}))

    studio.teachers = (Teacher.of(Scripted(answer)),)
    one, two = add(studio, "About nothing.", "Still nothing.")
    assign(studio)
    unmatched.start_asking(studio, [one, two])
    while studio.jobs.running(unmatched.ASK_JOB):
        threading.Event().wait(0.02)
    wait(studio)
    job = studio.jobs.get(unmatched.ASK_JOB)
    assert job is not None
    assert (job.state, job.message) == ("finished", "2 instructions are members of emptiness now.")
    with studio.store.read() as cursor:
        assert instructions.rubric_categories(cursor, [one, two]) == {one: "emptiness", two: "emptiness"}
        rubric = rubrics.newest(cursor)["emptiness"]
    assert (rubric.author, len(rubric.criteria)) == ("scripted", 4)
    assert unmatched.unmatched_view(studio, "ada")["unmatched"] == 0


def test_vectors_of_an_older_store_are_kept_and_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    connection = duckdb.connect(str(folder / "studio.duckdb"))
    connection.execute("CREATE TABLE schema_migrations (number INTEGER, applied_at TIMESTAMPTZ)")
    old = sorted((m for m in _MIGRATIONS.iterdir() if m.name.endswith(".sql")), key=lambda m: m.name)[:3]
    for number, migration in enumerate(old, start=1):
        connection.execute(migration.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_migrations VALUES (?, now())", [number])
    for n in range(3):
        text = "The same text." if n < 2 else "Another text."
        values: list[Any] = [f"h{n}", text, f"input {n}"]
        connection.execute(
            "INSERT INTO instructions (hash, instruction, input, output, dataset, split, imported_at) "
            "VALUES (?, ?, ?, '', 'set', 'train', now())",
            values,
        )
        connection.execute("INSERT INTO embeddings VALUES (?, 'planar', ?)", [n + 1, [float(n > 1), float(n < 2), 0.0]])
    connection.close()
    with Store(folder) as store:
        embedder = Planar()
        assert assign_all(store, embedder, Job("assign", "Assigning")) == 0
        assert embedder.texts == []
        with store.read() as cursor:
            ids, vectors, _ = instructions.embeddings(cursor, "planar")
            assert table.report(cursor) is not None
    assert ids == [1, 2, 3]
    assert vectors.tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]


class Interrupted(Store):
    """Lets a test act between what an assignment has read and what it writes."""

    def __init__(self, folder: Path) -> None:
        self.has_read, self.may_write = threading.Event(), threading.Event()
        super().__init__(folder)

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        if threading.current_thread().name == "assign":
            self.has_read.set()
            assert self.may_write.wait(30)
        with super().write() as cursor:
            yield cursor


@pytest.mark.parametrize("change", ["pick", "take back", "floor"])
def test_what_changes_while_assigning_is_under_way_counts_all_the_same(studio: Studio, change: str) -> None:
    far, _ = add(studio, "About nothing.", "Still about nothing.")
    assign(studio)
    if change == "take back":
        unmatched.pick(studio, [far], "sea", "ada")
        wait(studio)
    studio.store.close()
    studio.store = store = Interrupted(studio.settings.data_dir)
    unmatched.assign_anew(studio)
    assert store.has_read.wait(30)
    if change == "pick":
        unmatched.pick(studio, [far], "sea", "ada")
    elif change == "take back":
        unmatched.take_back(studio, [far], "ada")
    else:
        unmatched.set_floor(studio, -1.0, "ada")
    assert studio.jobs.running("assign")  # so none was started for the change
    store.may_write.set()
    wait(studio)
    after = assignments(studio)
    assign(studio)
    assert after == assignments(studio)


def assignments(studio: Studio) -> list[Any]:
    with studio.store.read() as cursor:
        return cursor.execute("SELECT * FROM assignments ORDER BY instruction_id").fetchall()
