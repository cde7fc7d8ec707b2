"""Votes as the journal of votes keeps them: each line has the instruction, both answers and where they come from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from citing_app.store import answers, arena, comparisons
from citing_app.store.answers import Answer, Model
from citing_app.store.arena import Place, Session
from citing_app.store.comparisons import Comparison, Preference
from citing_app.store.database import Cursor
from citing_app.store.journal import Line, Records, made_at

_SAID = ("outcome", "overall", "articulate", "in_depth", "comprehensive", "undoes")


def _ids(cursor: Cursor) -> list[str]:
    return [row[0] for row in cursor.execute("SELECT preference FROM votes ORDER BY rowid").fetchall()]


def journal_lines(cursor: Cursor, ids: Sequence[str]) -> list[Line]:
    """Self-contained journal lines for these votes and undos, in the order they were made."""
    rows = cursor.execute(
        "SELECT v.preference, v.seed, s.id, s.person, s.seed, s.kind, s.reveals, s.started_at, p.place "
        "FROM votes v JOIN arena_sessions s ON s.id = v.session JOIN preferences said ON said.id = v.preference "
        "JOIN arena_pairs p ON p.session = s.id AND p.comparison = said.comparison "
        "WHERE v.preference IN (SELECT unnest(?::VARCHAR[])) ORDER BY v.rowid",
        [list(ids)],
    ).fetchall()
    said = comparisons.said(cursor, [row[0] for row in rows])
    on = comparisons.get(cursor, list({one.comparison for one in said.values()}))
    texts = answers.get(cursor, [key for one in on.values() for key in (one.first, one.second)])
    wrote = {model.key: model for model in answers.models(cursor)}
    return [
        _line(said[id], seed, Session(*session), place, on[said[id].comparison], texts, wrote)
        for id, seed, *session, place in rows
    ]


def _line(
    said: Preference,
    seed: str,
    session: Session,
    place: int,
    comparison: Comparison,
    texts: dict[str, Answer],
    wrote: dict[str, Model],
) -> Line:
    left, right = sides(comparison, said.left_answer)
    told = asdict(session)
    return {
        "id": said.id,
        "person": said.author,
        "at": said.said_at.isoformat(),
        **{name: getattr(said, name) for name in _SAID},
        "seed": seed,
        "place": place,
        "session": {name: told[name] for name in ("id", "seed", "kind", "reveals")}
        | {"started_at": session.started_at.isoformat()},
        "instruction": {
            "hash": comparison.instruction_hash,
            "instruction": comparison.instruction,
            "input": comparison.input,
        },
        "left": _told(texts[left], wrote),
        "right": _told(texts[right], wrote),
        "seconds": said.seconds,
    }


def sides(comparison: Comparison, left: str) -> tuple[str, str]:
    """The keys of the answers on the left and on the right."""
    return left, comparison.second if left == comparison.first else comparison.first


def _told(answer: Answer, wrote: dict[str, Model]) -> dict[str, Any]:
    return {**asdict(answer), "model": asdict(wrote[answer.model])}


def _replay(cursor: Cursor, line: Line) -> None:
    """Put one line into the store, with its answers, their models and its session where they are missing.

    Of a session that was lost only the pairs that were voted on come back, and nothing more is voted in it.
    """
    left, right = (_answer(cursor, line[side]) for side in ("left", "right"))
    given = line["instruction"]
    comparison = comparisons.comparison_of(given["hash"], given["instruction"], given["input"], left.key, right.key)
    comparisons.add(cursor, [comparison])
    kept = line["session"]
    session = Session(
        id=kept["id"],
        person=line["person"],
        seed=kept["seed"],
        kind=kept["kind"],
        reveals=kept["reveals"],
        started_at=datetime.fromisoformat(kept["started_at"]),
        revealed_at=made_at(line),
    )
    arena.add_session(cursor, session)
    arena.lay_out(cursor, [Place(session.id, line["place"], uuid.uuid4().hex, comparison.id, left.key)])
    said = Preference(
        id=line["id"],
        comparison=comparison.id,
        left_answer=left.key,
        source="vote",
        author=line["person"],
        said_at=made_at(line),
        seconds=line["seconds"],
        **{name: line[name] for name in _SAID},
    )
    arena.vote(cursor, session, said, line["seed"])


def _answer(cursor: Cursor, given: dict[str, Any]) -> Answer:
    answers.add_model(cursor, Model(**given["model"]))
    answer = Answer(**{**given, "model": given["model"]["key"]})
    answers.add(cursor, [answer])
    return answer


def _nothing(cursor: Cursor) -> None:
    """Nothing follows from votes that is kept."""


VOTES = Records(_ids, journal_lines, _replay, _nothing)
