"""The one DuckDB connection of a data folder.

What always holds:
- One process owns the file; a second one is told so.
- Every write runs in `Store.write()`: one transaction at a time, under one lock, committed whole or not at all.
  (Check-then-insert from several threads would otherwise commit several times.)
- Every read takes a cursor of its own from `Store.read()`; no connection is shared between threads.
- The schema changes only when the store is opened, by numbered migrations, followed by a checkpoint.
- SQL cannot reach files outside the data folder.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from citing_app.errors import Cancelled, CitingError

Cursor = duckdb.DuckDBPyConnection
_MIGRATIONS = files(__package__) / "migrations"


class Store:
    """An open data folder. Close it, or use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Open or create the database in `folder` and bring its schema up to date.

        Raises CitingError where another process holds the folder or the file cannot be read.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._writer = threading.RLock()
        self._opening = threading.Lock()
        self._connection = _connect(folder / "studio.duckdb")
        _migrate(self._connection)
        _lock_down(self._connection, folder)

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        """A cursor inside the one write transaction; committed on leaving, rolled back on an exception."""
        with self._writer:
            cursor = self._cursor()
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException as error:
                _roll_back(cursor)
                if isinstance(error, duckdb.Error) and "No space left" in str(error):
                    raise CitingError("The disk is full: nothing was saved. Free some space and try again.") from error
                raise
            finally:
                cursor.close()

    @contextmanager
    def rehearsal(self) -> Iterator[Cursor]:
        """As `write`, but rolled back on leaving: to see what would come of something."""
        with self._writer:
            cursor = self._cursor()
            cursor.begin()
            try:
                yield cursor
            finally:
                _roll_back(cursor)
                cursor.close()

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """A cursor of its own for reading. Raises Cancelled where another thread interrupts it."""
        cursor = self._cursor()
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise Cancelled("The question was withdrawn.") from error
        finally:
            cursor.close()

    def close(self) -> None:
        with self._writer, self._opening:
            self._connection.close()

    def _cursor(self) -> Cursor:
        with self._opening:
            return self._connection.cursor()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _connect(path: Path) -> Cursor:
    try:
        return duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"})
    except duckdb.IOException as error:
        if "set lock" in str(error):
            raise CitingError(
                f"The data folder {path.parent} is in use by another process. "
                "Close CITING Studio there, or choose another folder with --data-dir."
            ) from error
        if "Permission denied" in str(error) or "No space left" in str(error):
            raise CitingError(
                f"The database {path} cannot be written: check its permissions and the free space, or choose another "
                "folder with --data-dir."
            ) from error
        raise _damaged(path) from error
    except duckdb.Error as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> CitingError:
    return CitingError(
        f"The database {path} is damaged or not readable. Move it away and start again: the decisions are in the "
        "journal folder beside it and come back by themselves."
    )


def _migrate(connection: Cursor) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER, applied_at TIMESTAMPTZ)")
    done = {number for (number,) in connection.execute("SELECT number FROM schema_migrations").fetchall()}
    found = [m for m in _MIGRATIONS.iterdir() if m.name.endswith(".sql") and int(m.name[:4]) not in done]
    pending = sorted(found, key=lambda migration: migration.name)
    for migration in pending:
        connection.begin()
        connection.execute(migration.read_text(encoding="utf-8"))
        applied = "INSERT INTO schema_migrations (number, applied_at) VALUES (?, now())"
        connection.execute(applied, [int(migration.name[:4])])
        connection.commit()
    if pending:
        connection.execute("CHECKPOINT")


def _lock_down(connection: Cursor, folder: Path) -> None:
    connection.execute("SET autoload_known_extensions = false")
    connection.execute(f"SET allowed_directories = ['{str(folder.resolve()).replace(chr(39), chr(39) * 2)}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _roll_back(cursor: Cursor) -> None:
    with suppress(duckdb.Error):  # the transaction may be gone already: a failed commit ends it
        cursor.rollback()


def one(cursor: Cursor) -> tuple[Any, ...]:
    """The row of a query that always gives one."""
    row = cursor.fetchone()
    assert row is not None
    return row
