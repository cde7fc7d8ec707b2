"""The one connection: migrations, transactions, the lock, and what SQL cannot reach."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from citing_app.errors import CitingError
from citing_app.store import database, states
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from tests.conftest import ROOT
from tests.seeding import count, item, seed

MIGRATIONS = sorted((Path(database.__file__).parent / "migrations").glob("*.sql"))


def applied(store: Store) -> list[tuple[int, object]]:
    with store.read() as cursor:
        return cursor.execute("SELECT number, applied_at FROM schema_migrations ORDER BY number").fetchall()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_every_migration_is_applied_once_and_the_rows_are_there_after_reopening(tmp_path: Path) -> None:
    with Store(tmp_path / "new" / "folder") as store:
        first = applied(store)
        seed(store, 3)
    with Store(tmp_path / "new" / "folder") as store:
        assert [number for number, _ in first] == [int(path.name[:4]) for path in MIGRATIONS]
        assert applied(store) == first
        assert count(store, "revisions") == 3


def test_a_migration_that_stopped_half_way_is_applied_whole_at_the_next_start(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "studio.duckdb")) as connection:
        connection.execute("CREATE TABLE schema_migrations (number INTEGER, applied_at TIMESTAMPTZ)")
        connection.begin()
        connection.execute(MIGRATIONS[0].read_text(encoding="utf-8"))
        connection.rollback()
    with Store(tmp_path) as store:
        assert len(applied(store)) == len(MIGRATIONS)
        assert count(store, "items") == 0


def test_a_second_process_is_told_that_the_folder_is_in_use(store: Store) -> None:
    program = """
import sys
from pathlib import Path
from citing_app.errors import CitingError
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
try:
    Store(Path(sys.argv[1]))
except CitingError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(store.folder)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.stdout == (
        f"The data folder {store.folder} is in use by another process. "
        "Close CITING Studio there, or choose another folder with --data-dir.\n"
    ), done.stderr


@pytest.mark.parametrize("content", [b"this is no database " * 1000, b"\0" * 20_000, b"x"])
def test_a_damaged_file_is_one_sentence_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "unlocked blocks"  # a folder's name must not make it look like a lock
    folder.mkdir()
    (folder / "studio.duckdb").write_bytes(content)
    with pytest.raises(CitingError, match=r"is damaged or not readable\. Move it away and start again"):
        Store(folder)


def test_an_exception_inside_a_write_leaves_nothing(store: Store) -> None:
    def fails() -> None:
        with store.write() as cursor:
            cursor.execute("INSERT INTO categories VALUES ('a', '', now())")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert count(store, "categories") == 0


def test_a_failed_statement_leaves_nothing_and_the_next_write_works(store: Store) -> None:
    def add(times: int) -> None:
        with store.write() as cursor:
            for _ in range(times):
                cursor.execute("INSERT INTO categories VALUES ('a', '', now())")

    with pytest.raises(duckdb.ConstraintException):
        add(2)
    assert count(store, "categories") == 0
    add(1)
    assert count(store, "categories") == 1


def test_readers_see_only_what_is_committed(store: Store) -> None:
    with store.write() as cursor:
        cursor.execute("INSERT INTO categories VALUES ('a', '', now())")
        assert count(store, "categories") == 0
    assert count(store, "categories") == 1


def test_check_then_insert_from_many_threads_inserts_once(store: Store) -> None:
    start = threading.Barrier(8, timeout=20)

    def check_then_insert() -> None:
        start.wait()
        with store.write() as cursor:
            row = cursor.execute("SELECT count(*) FROM category_members").fetchone()
            if row == (0,):
                columns = "instruction_id, category, sorted_by"
                cursor.execute(f"INSERT INTO category_members ({columns}) VALUES (1, 'a', 'ada')")

    threads = [threading.Thread(target=check_then_insert) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert count(store, "category_members") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM read_csv('{outside}')",
        "COPY categories TO '{outside}.csv'",
        "ATTACH '{outside}.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ],
)
def test_sql_reaches_nothing_outside_the_folder(store: Store, tmp_path: Path, statement: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    with store.read() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement.format(outside=outside))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "outside.txt"]


def test_sql_reaches_files_inside_the_folder(store: Store) -> None:
    (store.folder / "inside.txt").write_text("here")
    with store.read() as cursor:
        assert cursor.execute(f"SELECT content FROM read_text('{store.folder}/inside.txt')").fetchall() == [("here",)]


FIRST_ROWS = """
INSERT INTO schema_migrations VALUES (1, now());
INSERT INTO instructions (hash, instruction, input, output, dataset, split, imported_at)
VALUES ('h1', 'One?', '', 'A.', 'old', 'train', now()), ('h2', 'Two?', '', 'B.', 'old', 'train', now());
INSERT INTO category_members VALUES (1, 'explaining', 'old');
INSERT INTO assignments VALUES (1, 'explaining', 0.5, NULL, 0.0);
INSERT INTO drafts (hash, instruction_id, text, author, round, drafted_at)
VALUES ('d1', 1, 'A bad draft.', 'round 2', 2, now()), ('d2', 2, 'Another.', 'base', NULL, now());
INSERT INTO revisions (hash, item_id, text, author, edits, revised_at)
VALUES ('r1', 1, 'A good draft.', 'gpt', '[{"before": "bad", "after": "good", "criterion": "Accurate"}]', now());
INSERT INTO items VALUES (1, 1, 'accepted', 3, 1, 'c1', 1.0), (2, 2, 'drafted', 1, NULL, NULL, 2.0);
INSERT INTO decisions (id, request_id, item_id, revision_id, version, kind, final_text, annotator, decided_at)
VALUES ('c1', 'q1', 1, 1, 2, 'accept', 'A good draft.', 'ada', now());
"""


def test_a_store_of_the_first_version_opens_with_its_rows_and_new_columns(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "studio.duckdb")) as connection:
        connection.execute("CREATE TABLE schema_migrations (number INTEGER, applied_at TIMESTAMPTZ)")
        connection.execute(MIGRATIONS[0].read_text(encoding="utf-8"))
        connection.execute(FIRST_ROWS)
    with Store(tmp_path) as store:
        assert reconcile(store, Journal(tmp_path), DECISIONS) == (0, 1)
        first, second = item(store, 1), item(store, 2)
        with store.read() as cursor:
            (row,) = cursor.execute(
                "SELECT category, dataset, author, round, teacher, criteria, edit_size FROM items WHERE id = 1"
            ).fetchall()
            assert states.rebuild_states(cursor) == 0
    assert (first.state, first.version, first.deciders, first.final_text) == ("accepted", 3, ("ada",), "A good draft.")
    assert (second.state, second.slots, second.deciders) == ("drafted", 1, ())
    assert row[:-1] == ("explaining", "old", "round 2", 2, "gpt", ["Accurate"])
    assert 0 < row[-1] < 1
