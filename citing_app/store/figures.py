"""Figures: one value for each answer and metric, added once and never changed or deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.store.answers import AnswerKind
from citing_app.store.database import Cursor

_COLUMNS = "model, instruction_hash, answer, kind, metric, basis, value"
EXPORTED = (
    "model",
    "test_set",
    "instruction_hash",
    "kind",
    "metric",
    "value",
    "model_hash",
    "adapter_hash",
    "test_set_hash",
    "answer_hash",
    "basis",
    "measured_at",
)
"""The columns of `exported`."""
_BATCH = 10_000


@dataclass(frozen=True)
class Figure:
    """A value of one model for one instruction.

    `answer` is the key of the text that was measured; None for a likelihood, which is of the model alone. `basis` is
    what else the value depends on: a hash of the accepted answers, or empty.
    """

    model: str
    instruction_hash: str
    answer: str | None
    kind: AnswerKind
    metric: str
    basis: str
    value: float


@dataclass(frozen=True)
class Series:
    """The values of one model, kind of answer and metric on some instructions, by their `places` in the list asked."""

    model: str
    kind: AnswerKind
    metric: str
    places: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def add(cursor: Cursor, figures: Sequence[Figure]) -> int:
    """Keep these figures; how many were new. Of one answer, metric and basis the first value stays."""
    names = _COLUMNS.split(", ")
    first = {tuple(getattr(one, name) for name in names[:-1]): one for one in reversed(figures)}
    columns = [[getattr(one, name) for one in reversed(first.values())] for name in names]
    unnested = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in names[:-1])
    added = cursor.execute(
        f"INSERT INTO figures ({_COLUMNS}, measured_at) SELECT {_COLUMNS}, now() "
        f"FROM (SELECT {unnested}, unnest(?::DOUBLE[]) AS value) new WHERE NOT EXISTS (SELECT 1 FROM figures f "
        "WHERE f.model = new.model AND f.instruction_hash = new.instruction_hash AND f.metric = new.metric "
        "AND f.kind = new.kind AND f.basis = new.basis AND f.answer IS NOT DISTINCT FROM new.answer)",
        columns,
    ).fetchone()
    return int(added[0]) if added else 0


def known(cursor: Cursor, model: str, hashes: Sequence[str]) -> set[tuple[str, str, str, str | None, str]]:
    """What was measured of this model (by key) on these instructions: instruction, kind, metric, answer and basis."""
    rows = cursor.execute(
        "SELECT instruction_hash, kind, metric, answer, basis FROM figures WHERE model = ? "
        "AND instruction_hash IN (SELECT unnest(?::VARCHAR[]))",
        [model, list(hashes)],
    ).fetchall()
    return set(rows)


def series(cursor: Cursor, hashes: Sequence[str], metrics: Sequence[str] | None = None) -> list[Series]:
    """All that was measured on these instructions, or these metrics of it: one value for each model and instruction.

    The newest answer of a model counts, and of all bases of an instruction's metric the newest alone: values measured
    against different accepted answers never stand side by side.
    """
    which = "" if metrics is None else "AND f.metric IN (SELECT unnest(?::VARCHAR[])) "
    asked = [list(hashes), len(hashes), *([] if metrics is None else [list(metrics)])]
    # What is newest is found in numpy: DuckDB's windows over as many texts take fifty times as long.
    found = cursor.execute(
        "SELECT asked.place, hash(f.model, f.kind, f.metric) AS series, hash(f.metric) AS metric, "
        "hash(f.basis) AS basis, f.value, f.rowid AS number FROM figures f "
        "JOIN (SELECT unnest(?::VARCHAR[]) AS hash, unnest(range(?)) AS place) asked "
        f"ON asked.hash = f.instruction_hash WHERE TRUE {which}",
        asked,
    ).fetchnumpy()
    names = cursor.execute(
        "SELECT DISTINCT model, kind, metric, hash(model, kind, metric) FROM figures ORDER BY model, kind, metric"
    ).fetchall()
    places, codes, values = _newest(found)
    lines = {code: at for at, code in enumerate(codes.tolist())}
    return [
        Series(model, kind, metric, np.flatnonzero(places[line]), values[line][places[line]])
        for model, kind, metric, code in names
        if (line := lines.get(code)) is not None and places[line].any()
    ]


def _newest(
    found: dict[str, npt.NDArray[Any]],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint64], npt.NDArray[np.float64]]:
    """Which cells [series, place] have a value, the code of each series, and the values: the newest of each cell."""
    order = np.argsort(found["number"])  # of what is written to one cell, numpy keeps the last
    place, basis, value = (found[name][order] for name in ("place", "basis", "value"))
    codes, line = np.unique(found["series"][order], return_inverse=True)
    metrics, metric = np.unique(found["metric"][order], return_inverse=True)
    width = int(place.max(initial=-1)) + 1
    newest = np.zeros((len(metrics), width), np.uint64)
    newest[metric, place] = basis
    stands = newest[metric, place] == basis
    measured, values = np.zeros((len(codes), width), bool), np.zeros((len(codes), width))
    measured[line[stands], place[stands]] = True
    values[line[stands], place[stands]] = value[stands]
    return measured, codes, values


def exported(cursor: Cursor) -> Iterator[list[tuple[object, ...]]]:
    """Every figure as a row of the columns `EXPORTED`, in batches; one on several test sets is a row for each."""
    cursor.execute(
        "SELECT m.name, s.name, f.instruction_hash, f.kind, f.metric, f.value, m.key, m.adapter_hash, s.hash, "
        "f.answer, f.basis, f.measured_at FROM figures f JOIN models m ON m.key = f.model "
        "JOIN test_set_instructions i ON i.instruction_hash = f.instruction_hash "
        "JOIN test_sets s ON s.hash = i.test_set "
        "ORDER BY m.name, s.frozen_at, s.name, i.place, f.kind, f.metric, f.measured_at"
    )
    while rows := cursor.fetchmany(_BATCH):
        yield rows
