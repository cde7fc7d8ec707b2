"""The models that answered, and every text that they wrote: added once, never changed or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from citing_app.store.database import Cursor
from citing_app.store.fresh import fresh

AnswerKind = Literal["draft", "self-revision"]
_COLUMNS = "key, model, instruction_hash, kind, text, prompt_hash, decoding, draft, rubric_category, rubric_version"


@dataclass(frozen=True)
class Model:
    """A model as it answered: `key` is the sha256 of student and adapter; `adapter_hash` None is the base model."""

    key: str
    name: str
    student: str
    adapter_hash: str | None = None
    round: int | None = None


@dataclass(frozen=True)
class Answer:
    """One text of one model for one instruction; `key` is the sha256 of all that made it (evaluation/keys.py)."""

    key: str
    model: str
    instruction_hash: str
    kind: AnswerKind
    text: str
    prompt_hash: str
    decoding: str
    draft: str | None = None
    rubric_category: str | None = None
    rubric_version: int | None = None


def add_model(cursor: Cursor, model: Model) -> None:
    """Record a model that answers; one that is known by this name stays as it is.

    An adapter that was exported and imported again is one model with two names.
    """
    cursor.execute(
        "INSERT INTO models (key, name, round, student, adapter_hash) "
        "SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM models WHERE key = ? AND name = ?)",
        [model.key, model.name, model.round, model.student, model.adapter_hash, model.key, model.name],
    )


def models(cursor: Cursor) -> list[Model]:
    """Every model that has answered: the base model, then the rounds by number, then the others by name."""
    rows = cursor.execute(
        "SELECT key, name, student, adapter_hash, round FROM models "
        "ORDER BY adapter_hash IS NOT NULL, round NULLS LAST, name"
    ).fetchall()
    return [Model(*row) for row in rows]


def add(cursor: Cursor, answers: Sequence[Answer]) -> int:
    """Keep these answers; how many were new. Of one key the first text stays."""
    added = fresh(cursor, "answers", "key", answers)
    cursor.execute(
        f"INSERT INTO answers ({_COLUMNS}, written_at) SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::INTEGER[]), now()",
        [[getattr(one, name) for one in added] for name in _COLUMNS.split(", ")],
    )
    return len(added)


def get(cursor: Cursor, keys: Sequence[str]) -> dict[str, Answer]:
    """The answers with these keys, by key; those that are not there are left out."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM answers WHERE key IN (SELECT unnest(?::VARCHAR[]))", [list(keys)]
    ).fetchall()
    return {row[0]: Answer(*row) for row in rows}


def of_model(cursor: Cursor, model: str, kind: AnswerKind, hashes: Sequence[str]) -> dict[str, Answer]:
    """By instruction hash, the newest answer of this kind that the model (by key) gave to these instructions."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM answers WHERE model = ? AND kind = ? "
        "AND instruction_hash IN (SELECT unnest(?::VARCHAR[])) "
        "QUALIFY row_number() OVER (PARTITION BY instruction_hash ORDER BY written_at DESC, rowid DESC) = 1",
        [model, kind, list(hashes)],
    ).fetchall()
    return {row[2]: Answer(*row) for row in rows}


def decodings(cursor: Cursor) -> list[str]:
    """How the answers were decoded, in words."""
    return [text for (text,) in cursor.execute("SELECT DISTINCT decoding FROM answers ORDER BY 1").fetchall()]
