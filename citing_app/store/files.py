"""Parquet in, by a throw-away in-memory DuckDB, since the store's own reaches only the data folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from citing_app.errors import CitingError


def read_parquet(path: Path, size: int = 2_000) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, `size` at a time. Raises CitingError where it is none, OSError where it cannot be
    read.

    DuckDB takes a path for a pattern and its folders for columns: it is given a link of a name without either.
    """
    path.open("rb").close()  # DuckDB's own errors do not tell a missing file from a damaged one
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        link = Path(folder) / "rows.parquet"
        link.symlink_to(path.resolve())
        try:
            cursor = connection.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [str(link)])
            names = [column[0] for column in cursor.description or []]
            while rows := cursor.fetchmany(size):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
        except duckdb.Error as error:
            raise CitingError(f"{path.name} is not a Parquet file, or it is damaged.") from error
