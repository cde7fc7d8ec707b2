"""Candidates, texts of which the best is learned, and their scores: added once, never changed or deleted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.method.samples import Samples, Scored
from citing_app.store import instructions
from citing_app.store.database import Cursor
from citing_app.store.fresh import fresh

_COLUMNS = "key, model, adapter_hash, instruction_hash, prompt_hash, decoding, seed, number, text, is_cut"
_ITS = (
    "WITH its AS (SELECT * FROM candidates WHERE adapter_hash IS NOT DISTINCT FROM ?), "
    "last AS (SELECT arg_max(model, written_at) AS model FROM its)"
)


@dataclass(frozen=True)
class Candidate:
    """One of several texts of a model for an instruction; `key` is the sha256 of all that made it.

    `model` is the key of student and adapter, `adapter_hash` None the base model. `seed` is that of the sampling and
    `number`, from 1, tells the candidates of an instruction apart. `text` has no thoughts and may be empty; `is_cut`
    says that it did not end by itself.
    """

    key: str
    model: str
    adapter_hash: str | None
    instruction_hash: str
    prompt_hash: str
    decoding: str
    seed: int
    number: int
    text: str = ""
    is_cut: bool = False


@dataclass(frozen=True)
class Score:
    """What a candidate (by key) is worth to a reward; `basis` is what that depends on besides the text."""

    candidate: str
    reward: str
    basis: str
    value: float


def add(cursor: Cursor, candidates: Sequence[Candidate]) -> int:
    """Keep these candidates; how many were new. Of one key the first text stays."""
    added = fresh(cursor, "candidates", "key", candidates)
    cursor.execute(
        f"INSERT INTO candidates ({_COLUMNS}, written_at) SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::BIGINT[]), unnest(?::INTEGER[]), unnest(?::VARCHAR[]), unnest(?::BOOLEAN[]), now()",
        [[getattr(one, name) for one in added] for name in _COLUMNS.split(", ")],
    )
    return len(added)


def get(cursor: Cursor, keys: Sequence[str]) -> dict[str, Candidate]:
    """The candidates with these keys, by key; those that are not there are left out."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM candidates WHERE key IN (SELECT unnest(?::VARCHAR[]))", [list(keys)]
    ).fetchall()
    return {row[0]: Candidate(*row) for row in rows}


def written(cursor: Cursor, adapter_hash: str | None) -> list[Candidate]:
    """All candidates that this adapter (None: the base model) wrote, scored or not; as in `scored`, of one student."""
    rows = cursor.execute(
        f"{_ITS} SELECT {_COLUMNS} FROM its c JOIN last USING (model) ORDER BY c.key", [adapter_hash]
    ).fetchall()
    return [Candidate(*row) for row in rows]


def add_scores(cursor: Cursor, scores: Sequence[Score]) -> int:
    """Keep these scores; how many were new. Of one candidate, reward and basis the first value stays."""
    names = ("candidate", "reward", "basis", "value")
    first = {(one.candidate, one.reward, one.basis): one for one in reversed(scores)}
    added = cursor.execute(
        "INSERT INTO scores (candidate, reward, basis, value, scored_at) "
        "SELECT candidate, reward, basis, value, now() FROM (SELECT unnest(?::VARCHAR[]) AS candidate, "
        "unnest(?::VARCHAR[]) AS reward, unnest(?::VARCHAR[]) AS basis, unnest(?::DOUBLE[]) AS value) new "
        "WHERE NOT EXISTS (SELECT 1 FROM scores s WHERE s.candidate = new.candidate AND s.reward = new.reward "
        "AND s.basis = new.basis)",
        [[getattr(one, name) for one in first.values()] for name in names],
    ).fetchone()
    return int(added[0]) if added else 0


def known_scores(cursor: Cursor, reward: str, keys: Sequence[str]) -> dict[tuple[str, str], float]:
    """What this reward has said of these candidates, by key and basis."""
    rows = cursor.execute(
        "SELECT candidate, basis, value FROM scores WHERE reward = ? AND candidate IN (SELECT unnest(?::VARCHAR[]))",
        [reward, list(keys)],
    ).fetchall()
    return {(candidate, basis): value for candidate, basis, value in rows}


def scored(cursor: Cursor, adapter_hash: str | None, reward: str, limit: int) -> list[Samples]:
    """The train instructions of which this adapter (None: the base model) wrote candidates that the reward has scored.

    Of several students with the same adapter or none, the one that wrote last counts; of several bases of a score, the
    newest. In the order of the instructions' hashes.
    """
    rows = cursor.execute(
        f"{_ITS} SELECT c.instruction_hash, c.text, s.value FROM its c JOIN last ON last.model = c.model "
        "JOIN scores s ON s.candidate = c.key AND s.reward = ? "
        "QUALIFY row_number() OVER (PARTITION BY c.key ORDER BY s.scored_at DESC, s.rowid DESC) = 1 "
        "ORDER BY c.instruction_hash, c.seed, c.number, c.key",
        [adapter_hash, reward],
    ).fetchall()
    grouped = {hash: [*group] for hash, group in itertools.groupby(rows, key=lambda row: row[0])}
    found = [one for one in instructions.by_hash(cursor, list(grouped)) if one.split == "train"]
    return [
        Samples(one, reward, tuple(Scored(text, value) for _, text, value in grouped[one.hash]))
        for one in found[:limit]
    ]
