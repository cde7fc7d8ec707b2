"""What teachers were paid, what they cost, and the limit: sums over the ledger, and what owners set."""

from __future__ import annotations

from dataclasses import dataclass

from citing_app.method.prices import Price
from citing_app.store.database import Cursor, one


@dataclass(frozen=True)
class Spent:
    """What one teacher was paid, in billionths of a dollar; `unpriced` calls have no known cost."""

    teacher: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: int
    unpriced: int


def spent_and_held(cursor: Cursor) -> int:
    """What was paid and what is held for calls under way, in billionths of a dollar.

    A call of unknown fate counts with all it can have cost, and so does one that a server answered without usage.
    """
    (found,) = one(
        cursor.execute("SELECT coalesce(sum(coalesce(cost, held)), 0) FROM teacher_calls WHERE state <> 'failed'")
    )
    return int(found)


def spent(cursor: Cursor) -> list[Spent]:
    """What each teacher was asked and paid."""
    rows = cursor.execute(
        "SELECT teacher, count(*), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0), "
        "coalesce(sum(coalesce(cost, held)), 0), count(*) FILTER (cost IS NULL AND held IS NULL) FROM teacher_calls "
        "WHERE state <> 'failed' AND teacher <> 'reference' GROUP BY teacher ORDER BY teacher"
    ).fetchall()
    return [Spent(row[0], *map(int, row[1:])) for row in rows]


def typical_answer(cursor: Cursor, teacher: str, purpose: str) -> float | None:
    """The mean tokens of this teacher's answers so far; None before there are any."""
    (found,) = one(
        cursor.execute(
            "SELECT avg(tokens_out) FROM teacher_calls WHERE teacher = ? AND purpose = ? AND state = 'done'",
            [teacher, purpose],
        )
    )
    return None if found is None else float(found)


def set_limit(cursor: Cursor, billionths: int | None, author: str) -> None:
    """Append the spending limit that counts from now on; None takes it away."""
    cursor.execute(
        "INSERT INTO spending_limits (billionths, author, set_at) VALUES (?, ?, now())", [billionths, author]
    )


def limit(cursor: Cursor) -> int | None:
    """The spending limit in billionths of a dollar; None without one."""
    row = cursor.execute("SELECT billionths FROM spending_limits ORDER BY set_at DESC LIMIT 1").fetchone()
    return None if row is None else row[0]


def set_price(cursor: Cursor, teacher: str, price: Price, author: str) -> None:
    """Append the price that counts from now on."""
    cursor.execute(
        "INSERT INTO prices (teacher, sent, answered, author, set_at) VALUES (?, ?, ?, ?, now())",
        [teacher, price.sent, price.answered, author],
    )


def prices(cursor: Cursor) -> dict[str, Price]:
    """The newest price of each teacher that has one."""
    rows = cursor.execute(
        "SELECT teacher, arg_max(sent, set_at), arg_max(answered, set_at) FROM prices GROUP BY teacher"
    ).fetchall()
    return {row[0]: Price(row[1], row[2]) for row in rows}
