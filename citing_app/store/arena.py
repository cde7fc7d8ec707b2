"""Blind sessions: the pairs that can be asked about, those laid out for a person, and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from citing_app.method.arena import Candidate
from citing_app.store import comparisons
from citing_app.store.answers import AnswerKind
from citing_app.store.comparisons import Comparison, Preference
from citing_app.store.database import Cursor

Reveals = Literal["end", "each"]
_SESSION = "id, person, seed, kind, reveals, started_at, revealed_at"
_PLACE = "session, place, token, comparison, left_answer"
_WHITE = r"E' \t\r\n'"


@dataclass(frozen=True)
class Session:
    """One person's blind session; once the names were shown, at `revealed_at`, nothing is voted in it."""

    id: str
    person: str
    seed: str
    kind: AnswerKind
    reveals: Reveals
    started_at: datetime
    revealed_at: datetime | None = None


@dataclass(frozen=True)
class Place:
    """A pair laid out in a session, at a place from 1; until the names are shown it is called by its random token."""

    session: str
    place: int
    token: str
    comparison: str
    left_answer: str


def candidates(
    cursor: Cursor, kind: AnswerKind, person: str, models: Sequence[str] = (), test_set: str | None = None
) -> dict[str, tuple[Candidate, Comparison]]:
    """Every pair of different newest answers of two models to one stored instruction, by the comparison's id.

    Only of these `models` (keys; none: of all) and of this test set (its hash; None: of any). An empty answer is in no
    pair: it loses without being asked about.
    """
    chosen = "AND a.model IN (SELECT unnest($models::VARCHAR[])) AND b.model IN (SELECT unnest($models::VARCHAR[])) "
    within = "AND i.hash IN (SELECT instruction_hash FROM test_set_instructions WHERE test_set = $test_set) "
    rows = cursor.execute(
        f"WITH newest AS (SELECT key, model, instruction_hash, trim(text, {_WHITE}) AS said FROM answers "
        "WHERE kind = $kind QUALIFY row_number() OVER (PARTITION BY model, instruction_hash "
        "ORDER BY written_at DESC, rowid DESC) = 1), "
        "voted AS (SELECT comparison, count(*) FILTER (outcome = 'ok') AS votes, "
        "count(*) FILTER (author = $person) AS own FROM preferences WHERE source = 'vote' AND outcome <> 'undo' "
        "AND id NOT IN (SELECT undoes FROM preferences WHERE undoes IS NOT NULL) GROUP BY comparison) "
        "SELECT i.hash, i.instruction, i.input, a.key, b.key, a.model, b.model, "
        "coalesce(voted.votes, 0), coalesce(voted.own, 0) > 0 "
        "FROM newest a JOIN newest b ON b.instruction_hash = a.instruction_hash AND a.key < b.key "
        "AND a.model <> b.model AND a.said <> b.said AND a.said <> '' AND b.said <> '' "
        "JOIN instructions i ON i.hash = a.instruction_hash "
        "LEFT JOIN voted ON voted.comparison = sha256(a.key || ' ' || b.key) "
        f"WHERE true {chosen if models else ''}{within if test_set else ''}ORDER BY a.key, b.key",
        {"kind": kind, "person": person}
        | ({"models": list(models)} if models else {})
        | ({"test_set": test_set} if test_set else {}),
    ).fetchall()
    found = {}
    for hash, instruction, input, first, second, one, other, votes, own in rows:
        comparison = comparisons.comparison_of(hash, instruction, input, first, second)
        found[comparison.id] = Candidate(comparison.id, hash, (one, other), votes, own), comparison
    return found


def add_session(cursor: Cursor, session: Session) -> None:
    """Record a session; one that is known stays as it is."""
    cursor.execute(
        f"INSERT INTO arena_sessions ({_SESSION}) SELECT ?, ?, ?, ?, ?, ?, ? "
        "WHERE NOT EXISTS (SELECT 1 FROM arena_sessions WHERE id = ?)",
        [*(getattr(session, name) for name in _SESSION.split(", ")), session.id],
    )


def lay_out(cursor: Cursor, places: Sequence[Place]) -> None:
    """Record the pairs of a session; a comparison that it has already keeps its place."""
    cursor.executemany(
        f"INSERT INTO arena_pairs ({_PLACE}) SELECT ?, ?, ?, ?, ? "
        "WHERE NOT EXISTS (SELECT 1 FROM arena_pairs WHERE session = ? AND comparison = ?)",
        [[*(getattr(place, name) for name in _PLACE.split(", ")), place.session, place.comparison] for place in places],
    )


def session(cursor: Cursor, session_id: str, person: str) -> Session | None:
    """This person's session with this id."""
    row = cursor.execute(
        f"SELECT {_SESSION} FROM arena_sessions WHERE id = ? AND person = ?", [session_id, person]
    ).fetchone()
    return None if row is None else Session(*row)


def sessions(cursor: Cursor, person: str) -> list[Session]:
    """This person's sessions, the newest first."""
    rows = cursor.execute(
        f"SELECT {_SESSION} FROM arena_sessions WHERE person = ? ORDER BY started_at DESC, rowid DESC", [person]
    ).fetchall()
    return [Session(*row) for row in rows]


def reveal(cursor: Cursor, session_id: str) -> None:
    """The names of this session are shown now; when they first were stays."""
    cursor.execute("UPDATE arena_sessions SET revealed_at = now() WHERE id = ? AND revealed_at IS NULL", [session_id])


def places(cursor: Cursor, session_id: str) -> list[Place]:
    """The pairs of a session, in their order."""
    rows = cursor.execute(f"SELECT {_PLACE} FROM arena_pairs WHERE session = ? ORDER BY place", [session_id]).fetchall()
    return [Place(*row) for row in rows]


def session_of_token(cursor: Cursor, token: str, person: str) -> Session | None:
    """This person's session in which a pair is called so."""
    row = cursor.execute(
        f"SELECT {_SESSION} FROM arena_sessions WHERE person = ? "
        "AND id IN (SELECT session FROM arena_pairs WHERE token = ?)",
        [person, token],
    ).fetchone()
    return None if row is None else Session(*row)


def said(cursor: Cursor, session_id: str) -> list[Preference]:
    """All that was said in a session, undos and what they took back too, oldest first."""
    rows = cursor.execute("SELECT preference FROM votes WHERE session = ? ORDER BY rowid", [session_id]).fetchall()
    found = comparisons.said(cursor, [row[0] for row in rows])
    return [found[row[0]] for row in rows]


def vote(cursor: Cursor, session: Session, preference: Preference, seed: str) -> None:
    """Append what was said in a session, of a pair whose sides the seed decided; one whose id is known is left out."""
    comparisons.say(cursor, [preference])
    cursor.execute(
        "INSERT INTO votes (preference, session, seed) SELECT ?, ?, ? "
        "WHERE NOT EXISTS (SELECT 1 FROM votes WHERE preference = ?)",
        [preference.id, session.id, seed, preference.id],
    )


def test_set(cursor: Cursor, named: str) -> str | None:
    """The hash of the test set that is called so, the newest where several are; or that has this hash."""
    row = cursor.execute(
        "SELECT hash FROM test_sets WHERE learned_by IS NULL AND (name = ? OR hash = ?) "
        "ORDER BY frozen_at DESC LIMIT 1",
        [named, named],
    ).fetchone()
    return None if row is None else str(row[0])


def answered(cursor: Cursor) -> list[tuple[str, AnswerKind, int]]:
    """How many stored instructions each model (by its key) has answered, with answers of each kind."""
    return cursor.execute(
        "SELECT model, kind, count(DISTINCT instruction_hash) FROM answers "
        "WHERE instruction_hash IN (SELECT hash FROM instructions) GROUP BY model, kind ORDER BY model, kind"
    ).fetchall()


def test_sets(cursor: Cursor) -> list[str]:
    """The names of the test sets that some model has answered."""
    rows = cursor.execute(
        "SELECT DISTINCT name FROM test_sets WHERE learned_by IS NULL "
        "AND hash IN (SELECT test_set FROM test_set_instructions "
        "WHERE instruction_hash IN (SELECT instruction_hash FROM answers)) ORDER BY name"
    ).fetchall()
    return [row[0] for row in rows]


def voters(cursor: Cursor) -> dict[str, int]:
    """How many votes that stand each person has, those with the most first."""
    rows = cursor.execute(
        "SELECT author, count(*) FROM preferences WHERE source = 'vote' AND outcome = 'ok' "
        "AND id NOT IN (SELECT undoes FROM preferences WHERE undoes IS NOT NULL) "
        "GROUP BY author ORDER BY count(*) DESC, author"
    ).fetchall()
    return dict(rows)
