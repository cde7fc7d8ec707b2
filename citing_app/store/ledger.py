"""The ledger of teacher calls: what was reserved, sent and answered, and what it cost.

What always holds:
- A row is written, and committed, before its call is sent: nothing is bought that the ledger does not know.
- A key has at most one row that counts (`known`), whoever asks: what another job has asked is not sent beside it.
- A row's `held` is the most that its call can cost; with a spending limit, the sum of what is spent and held never
  passes it.
- A row that is `sent` when the store is opened belongs to a process that died: its fate is `unknown`. Where nothing is
  `held`, nobody can have billed it, and it has `failed`: asking again is free.
- Only `state`, `superseded` and what came back are ever updated. A row is deleted only while it is `reserved`: the
  server turned its call down, and it holds its money until it is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from citing_app.store import spending
from citing_app.store.database import Cursor

State = Literal["reserved", "sent", "done", "failed", "unknown"]


@dataclass(frozen=True)
class Row:
    """One call as it is sent: `held` is the most it can cost, None without a price."""

    id: str
    key: str
    teacher: str
    purpose: str
    item_id: int | None
    held: int | None
    prompt_hash: str
    attempts: int = 1


@dataclass(frozen=True)
class End:
    """How a call ended, or that it waits to be sent again (`reserved`)."""

    id: str
    state: State
    outcome: str | None = None
    reason: str | None = None
    raw: str | None = None
    finish: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Known:
    """The newest row of a key that counts: what it answered, that its fate is unknown, or that it is on its way."""

    key: str
    state: State
    raw: str | None
    finish: str | None
    outcome: str | None
    reason: str | None
    tokens_in: int | None
    tokens_out: int | None


@dataclass(frozen=True)
class FailedCall:
    """An item without the revision that was asked for, and why; `raw` is the reply as it came."""

    item_id: int
    teacher: str
    outcome: str
    reason: str
    raw: str | None
    at: datetime


def orphan(cursor: Cursor) -> int:
    """After a start: what was sent and never ended is of unknown fate, or has failed where it can have cost nothing.

    What was only reserved is given back. How many calls were sent and never ended.
    """
    cursor.execute("DELETE FROM teacher_calls WHERE state = 'reserved'")
    fate = "CASE WHEN held = 0 THEN 'failed' ELSE 'unknown' END"
    rows = cursor.execute(
        f"UPDATE teacher_calls SET state = {fate}, outcome = {fate}, reason = ? WHERE state = 'sent' RETURNING id",
        ["The app ended before the answer came."],
    ).fetchall()
    return len(rows)


def known(cursor: Cursor, keys: Sequence[str]) -> dict[str, Known]:
    """By key, the newest row that counts: answered, of unknown fate, or on its way. A superseded row does not count."""
    rows = cursor.execute(
        "SELECT key, state, raw, finish, outcome, reason, tokens_in, tokens_out FROM teacher_calls "
        "WHERE key IN (SELECT unnest(?::VARCHAR[])) AND NOT superseded AND state <> 'failed' "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY called_at DESC) = 1",
        [list(keys)],
    ).fetchall()
    return {row[0]: Known(*row) for row in rows}


def send(cursor: Cursor, rows: Sequence[Row], limit: int | None) -> tuple[set[str], dict[str, Known]]:
    """Record that these calls are sent now, as far as the spending `limit` allows; the ids that may be sent.

    Not those of a key that another job has asked since: what is known of it comes back, by key. The caller has
    committed before it sends. A call that waited (`reserved`) keeps what it holds.
    """
    free = None if limit is None else limit - spending.spent_and_held(cursor)
    waiting = {id for (id,) in cursor.execute("SELECT id FROM teacher_calls WHERE state = 'reserved'").fetchall()}
    again = [row for row in rows if row.id in waiting]
    asked = known(cursor, [row.key for row in rows if row.id not in waiting])
    new = []
    for row in rows:
        if row.id in waiting or row.key in asked:
            continue
        if free is not None:
            if row.held is None or row.held > free:  # without a price, nobody knows whether it fits
                break
            free -= row.held
        new.append(row)
    _insert(cursor, new)
    cursor.execute(
        "UPDATE teacher_calls SET state = 'sent', attempts = new.attempts FROM "
        "(SELECT unnest(?::VARCHAR[]) AS id, unnest(?::INTEGER[]) AS attempts) new WHERE new.id = teacher_calls.id",
        [[row.id for row in again], [row.attempts for row in again]],
    )
    return {row.id for row in again + new}, asked


def end(cursor: Cursor, ends: Sequence[End]) -> None:
    """Record how calls ended; of two ends of one call, the later counts."""
    newest = {one.id: one for one in ends}.values()
    columns = ("id", "state", "outcome", "reason", "raw", "finish", "tokens_in", "tokens_out", "cost", "seconds")
    kinds = ("VARCHAR",) * 6 + ("BIGINT",) * 3 + ("DOUBLE",)
    unnested = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, kind in zip(columns, kinds, strict=True))
    cursor.execute(
        "UPDATE teacher_calls SET state = new.state, outcome = new.outcome, reason = new.reason, raw = new.raw, "
        "finish = new.finish, tokens_in = new.tokens_in, tokens_out = new.tokens_out, cost = new.cost, "
        f"seconds = new.seconds FROM (SELECT {unnested}) new WHERE new.id = teacher_calls.id",
        [[getattr(one, name) for one in newest] for name in columns],
    )


def add_failures(cursor: Cursor, teacher: str, item_ids: Sequence[int], reason: str) -> None:
    """Record revisions that a teacher cannot give: nobody was called (no attempts), so asking again changes nothing."""
    cursor.execute(
        "INSERT INTO teacher_calls (id, key, teacher, purpose, item_id, state, superseded, outcome, reason, attempts, "
        "called_at) SELECT uuid()::VARCHAR, '', ?, 'revise', unnest(?::BIGINT[]), 'failed', false, 'failed', ?, 0, "
        "now()",
        [teacher, list(item_ids), reason],
    )


def supersede(cursor: Cursor, item_ids: Sequence[int], teacher: str) -> None:
    """A person asks for these items' revisions again: what was answered, or may have been, no longer stands for it."""
    cursor.execute(
        "UPDATE teacher_calls SET superseded = true WHERE teacher = ? AND state IN ('done', 'unknown') "
        "AND item_id IN (SELECT unnest(?::BIGINT[]))",
        [teacher, list(item_ids)],
    )


def supersede_calls(cursor: Cursor, keys: Sequence[str]) -> None:
    """These calls' answers are of no use: when the same is asked again, it is sent again."""
    cursor.execute(
        "UPDATE teacher_calls SET superseded = true WHERE state = 'done' AND key IN (SELECT unnest(?::VARCHAR[]))",
        [list(keys)],
    )


def supersede_unknown(cursor: Cursor) -> int:
    """A person lets the calls of unknown fate be sent again; how many there were."""
    rows = cursor.execute(
        "UPDATE teacher_calls SET superseded = true WHERE state = 'unknown' AND NOT superseded RETURNING id"
    ).fetchall()
    return len(rows)


def is_asked(cursor: Cursor, teacher: str) -> bool:
    """Whether calls to this teacher are under way or wait to be sent again."""
    query = "SELECT 1 FROM teacher_calls WHERE teacher = ? AND state IN ('sent', 'reserved') LIMIT 1"
    return cursor.execute(query, [teacher]).fetchone() is not None


def unknown(cursor: Cursor) -> dict[str, int]:
    """How many calls are of unknown fate and wait for a person's word, by purpose."""
    rows = cursor.execute(
        "SELECT purpose, count(*) FROM teacher_calls WHERE state = 'unknown' AND NOT superseded GROUP BY purpose"
    ).fetchall()
    return dict(rows)


def failed_calls(cursor: Cursor, limit: int = 50, outcomes: Sequence[str] | None = None) -> list[FailedCall]:
    """Items whose newest call for a revision gave none, newest first; with `outcomes`, only of these.

    Not those that have a revision of this teacher and are not stale: nothing is missing there.
    """
    among = "" if outcomes is None else "AND outcome IN (SELECT unnest(?::VARCHAR[])) "
    rows = cursor.execute(
        "SELECT t.item_id, t.teacher, outcome, coalesce(reason, outcome), raw, called_at FROM ("
        "SELECT * FROM teacher_calls WHERE item_id IS NOT NULL AND state IN ('done', 'failed', 'unknown') "
        "QUALIFY row_number() OVER (PARTITION BY item_id, teacher ORDER BY called_at DESC, purpose = 'repair' DESC) = 1"
        ") t JOIN items ON items.id = t.item_id AND items.state IN ('drafted', 'waiting') "
        f"WHERE outcome NOT IN ('ok', 'unchanged') {among}AND (items.id IN (SELECT id FROM stale_items) OR NOT EXISTS "
        "(SELECT 1 FROM revisions v WHERE v.item_id = items.id AND v.author = t.teacher)) "
        "ORDER BY called_at DESC LIMIT ?",
        [*([] if outcomes is None else [list(outcomes)]), limit],
    ).fetchall()
    return [FailedCall(*row) for row in rows]


def tokens_of_items(cursor: Cursor, item_ids: Sequence[int]) -> int:
    """The tokens, sent and answered, of all calls that were made for these items, whoever was asked."""
    row = cursor.execute(
        "SELECT coalesce(sum(coalesce(tokens_in, 0) + coalesce(tokens_out, 0)), 0)::BIGINT FROM teacher_calls "
        "WHERE item_id IN (SELECT unnest(?::BIGINT[]))",
        [list(item_ids)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _insert(cursor: Cursor, rows: Sequence[Row]) -> None:
    cursor.execute(
        "INSERT INTO teacher_calls (id, key, teacher, purpose, item_id, held, prompt_hash, attempts, state, "
        "superseded, called_at) SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[]), "
        "unnest(?::INTEGER[]), 'sent', false, now()",
        [
            [getattr(row, name) for row in rows]
            for name in ("id", "key", "teacher", "purpose", "item_id", "held", "prompt_hash", "attempts")
        ],
    )
