"""What a person is shown of a blind session before the vote: texts, and nothing made from a model's name or hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict

from citing_app.method.makers import names_its_maker
from citing_app.store import answers, arena, comparisons, instructions
from citing_app.store.answers import Model
from citing_app.store.arena import Place, Reveals, Session
from citing_app.store.comparisons import Preference
from citing_app.store.database import Cursor
from citing_app.store.votes import sides

_AT_ONCE = 3
"""How many pairs are handed out: the one that is looked at, and the next ones, which are then there at once."""


class PairView(TypedDict):
    """Two answers to one instruction, side by side, as a person sees them before the vote.

    `names_maker` says that one of the texts names who wrote it.
    """

    pair: str
    place: int
    turns: list[dict[str, str]]
    instruction: str
    input: str
    left: str
    right: str
    names_maker: bool


class SessionView(TypedDict):
    """How far a session is: of `pairs`, so many are `voted` on and `skipped`; when it was `started`, in ISO 8601."""

    session: str
    pairs: int
    voted: int
    skipped: int
    reveal: Reveals
    revealed: bool
    started: str


class Names(TypedDict):
    """Who wrote which answer of a pair that was voted on."""

    pair: str
    left: str
    right: str


class Handed(TypedDict):
    """A session with its next pairs, the one to look at first; and the names of the pair just voted on, if wanted."""

    session: SessionView
    next: list[PairView]
    names: Names | None


def handed_by(cursor: Cursor, session: Session, voted_on: Place | None = None) -> Handed:
    """The session as it is now, with its next pairs; with the names of the pair `voted_on`, where they may be shown."""
    places, said = arena.places(cursor, session.id), arena.said(cursor, session.id)
    stand, seen, closed = standing(said), seen_names(session, said), closed_by(session, said)
    left = [] if session.revealed_at else [one for one in places if one.comparison not in closed]
    skipped = sum(one.outcome == "skip" for one in stand)
    return {
        "session": {
            "session": session.id,
            "pairs": len(places),
            "voted": len(stand) - skipped,
            "skipped": skipped,
            "reveal": session.reveals,
            "revealed": session.revealed_at is not None,
            "started": session.started_at.isoformat(),
        },
        "next": pair_views(cursor, left[:_AT_ONCE]),
        "names": names_of(cursor, voted_on) if voted_on and voted_on.comparison in seen else None,
    }


class OnePair(TypedDict):
    """A session with the pair to vote on, None at its end; and the names of the pair just voted on, if wanted."""

    session: SessionView
    pair: PairView | None
    names: Names | None


def one_pair(told: Handed) -> OnePair:
    """What a program needs, which looks at one pair at a time."""
    return {"session": told["session"], "pair": next(iter(told["next"]), None), "names": told["names"]}


def pair_views(cursor: Cursor, places: Sequence[Place]) -> list[PairView]:
    """Pairs of a session as they are shown before the vote."""
    on = comparisons.get(cursor, [one.comparison for one in places])
    texts = answers.get(cursor, [key for one in on.values() for key in (one.first, one.second)])
    names = _known_names(answers.models(cursor))
    turns = _turns(cursor, [one.instruction_hash for one in on.values()])
    views: list[PairView] = []
    for place in places:
        comparison = on[place.comparison]
        left, right = (texts[key].text for key in sides(comparison, place.left_answer))
        views.append(
            {
                "pair": place.token,
                "place": place.place,
                "turns": turns[comparison.instruction_hash],
                "instruction": comparison.instruction,
                "input": comparison.input,
                "left": left,
                "right": right,
                "names_maker": names_its_maker(left, names) or names_its_maker(right, names),
            }
        )
    return views


def _turns(cursor: Cursor, hashes: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The turns before each of these instructions; a prompt of a person's own is no stored instruction and has none."""
    known = {
        one.hash: one.turns for one in instructions.get(cursor, [*instructions.known_hashes(cursor, hashes).values()])
    }
    return {hash: [asdict(turn) for turn in known.get(hash, ())] for hash in hashes}


def names_of(cursor: Cursor, place: Place) -> Names:
    """Who wrote the answers of a pair."""
    comparison = comparisons.get(cursor, [place.comparison])[place.comparison]
    texts = answers.get(cursor, [comparison.first, comparison.second])
    named = labels(answers.models(cursor))
    left, right = (named[texts[key].model] for key in sides(comparison, place.left_answer))
    return {"pair": place.token, "left": left, "right": right}


def standing(said: Sequence[Preference]) -> list[Preference]:
    """The votes and skips that were not taken back, oldest first."""
    undone = {one.undoes for one in said}
    return [one for one in said if one.outcome != "undo" and one.id not in undone]


def seen_names(session: Session, said: Sequence[Preference]) -> set[str]:
    """The comparisons whose names the person has been shown in a session that tells them after each vote.

    Taking the vote back does not make the pair blind again.
    """
    return {one.comparison for one in said if one.outcome == "ok"} if session.reveals == "each" else set()


def closed_by(session: Session, said: Sequence[Preference]) -> set[str]:
    """The comparisons that are not asked about: voted on or skipped, or no longer blind."""
    return {one.comparison for one in standing(said)} | seen_names(session, said)


def _known_names(models: Sequence[Model]) -> set[str]:
    """What the models are called, and their students without the folder that they lie in."""
    return {one.name for one in models} | {one.student.rstrip("/").rpartition("/")[2] for one in models}


def labels(models: Sequence[Model]) -> dict[str, str]:
    """What to call each model, by key: its name, and where several have it the first digits of its key."""
    names = [one.name for one in models]
    return {one.key: one.name if names.count(one.name) == 1 else f"{one.name} · {one.key[:6]}" for one in models}
