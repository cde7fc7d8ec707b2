"""Parquet in, by a throw-away in-memory DuckDB, since the store's own reaches only the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from citing_app.errors import CitingError


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file. Raises CitingError where it is none, OSError where it cannot be read."""
    path.open("rb").close()  # DuckDB's own errors do not tell a missing file from a damaged one
    with duckdb.connect(":memory:") as connection:
        try:
            cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise CitingError(f"{path.name} is not a Parquet file, or it is damaged.") from error
