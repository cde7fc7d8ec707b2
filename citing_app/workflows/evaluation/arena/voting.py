"""Blind votes: a session is laid out, its pairs are shown without names, and each vote is saved like a decision.

Nothing that is told before the vote is made from a model's name, round or hash: a pair is called by a random token, and
the texts, the instruction and the session's progress are all there is.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from citing_app.errors import CitingError, Refused
from citing_app.method.arena import chosen, lefts
from citing_app.method.identity import exact_hash
from citing_app.store import answers, arena, comparisons
from citing_app.store.arena import Place, Session
from citing_app.store.comparisons import Comparison, Preference
from citing_app.store.database import Cursor
from citing_app.store.votes import journal_lines
from citing_app.types import Person
from citing_app.workflows.evaluation.arena.handing import Handed, handed_by, seen_names, standing
from citing_app.workflows.evaluation.arena.requests import NextPair, OneSession, StartSession, TakeBackVote, Vote
from citing_app.workflows.student_choice import BASE, ChosenStudent
from citing_app.workflows.studio import Studio

NOT_YOURS = "This pair isn't one of yours; ask for the next pair."
NO_PAIRS = (
    "There are no pairs to vote on: two models must have answered the same instruction in different words. "
    "Measure two models on the same rows first."
)


def start_session(studio: Studio, asked: StartSession, person: Person) -> Handed:
    """Lay out a session: every two models equally often, every model as often on the left as on the right (±1).

    Raises CitingError where there is nothing to vote on, or a model or test set is not known.
    """
    with studio.store.write() as cursor:
        return handed_by(cursor, _start(cursor, studio.chosen, asked, person.name))


def next_pair(studio: Studio, asked: NextPair, person: Person) -> Handed:
    """The next pair of the person's open session; one is started where there is none.

    Raises CitingError as `start_session`; of an unknown model or test set also where a session is open, so that nobody
    takes its pairs for what was asked.
    """
    with studio.store.write() as cursor:
        _keys(cursor, studio.chosen, asked.models)
        _test_set(cursor, asked.test_set)
        opened = open_session(cursor, person.name) or _start(cursor, studio.chosen, asked, person.name)
        return handed_by(cursor, opened)


def handed(studio: Studio, asked: OneSession, person: Person) -> Handed:
    """A session as it is now, with its next pairs. Raises CitingError where the person has none."""
    with studio.store.read() as cursor:
        return handed_by(cursor, found_session(cursor, asked.session, person.name))


def vote(studio: Studio, asked: Vote, person: Person) -> Handed:
    """Save a vote or a skip; a request that was made before changes nothing.

    Raises CitingError for a pair that is not this person's, and Refused for one that is voted on, or whose names they
    have seen.
    """
    if not asked.request_id:
        raise CitingError("A vote needs a request id.")
    if asked.prefer == "skip" and any((asked.articulate, asked.in_depth, asked.comprehensive)):
        raise CitingError("A skip says nothing about the aspects; the vote wasn't saved.")
    with studio.store.write() as cursor:
        session = arena.session_of_token(cursor, asked.pair, person.name)
        if session is None:
            raise CitingError(NOT_YOURS)
        place = next(one for one in arena.places(cursor, session.id) if one.token == asked.pair)
        made = _vote(asked, place, person.name)
        is_new = not comparisons.said(cursor, [made.id])
        if is_new:
            _check_open(cursor, session, place)
        lines = _save(cursor, session, made) if is_new else []
        told = handed_by(cursor, session, voted_on=place)
    # Committed by now; a crash before the next line is mended when the store is opened.
    if lines:
        studio.votes.append(lines)
    return told


def take_back(studio: Studio, asked: TakeBackVote, person: Person) -> Handed:
    """Take back the person's newest vote or skip in the session; the pair is asked again where its names are unseen."""
    if not asked.request_id:
        raise CitingError("An undo needs a request id.")
    with studio.store.write() as cursor:
        session = found_session(cursor, asked.session, person.name)
        id = exact_hash(person.name, "undo", asked.request_id)
        lines = []
        if not comparisons.said(cursor, [id]):
            newest = next(reversed(standing(arena.said(cursor, session.id))), None)
            if newest is None:
                raise Refused("There is nothing to undo.")
            lines = _save(cursor, session, _undo(newest, id))
        told = handed_by(cursor, session)
    if lines:
        studio.votes.append(lines)
    return told


def open_session(cursor: Cursor, person: str) -> Session | None:
    """The person's newest session whose names have not been shown."""
    return next((one for one in arena.sessions(cursor, person) if one.revealed_at is None), None)


def found_session(cursor: Cursor, session_id: str, person: str) -> Session:
    """The person's session with this id; without one, the open one. Raises CitingError where there is none."""
    found = arena.session(cursor, session_id, person) if session_id else open_session(cursor, person)
    if found is None:
        raise CitingError("There is no such session of yours; start one.")
    return found


def begin(
    cursor: Cursor, person: str, asked: StartSession, pairs: Sequence[tuple[Comparison, str]], seed: str
) -> Session:
    """A session of these comparisons, each with its left answer, in this order."""
    session = Session(uuid.uuid4().hex, person, seed, asked.answer, asked.reveal, datetime.now(UTC))
    arena.add_session(cursor, session)
    comparisons.add(cursor, [comparison for comparison, _ in pairs])
    numbered = enumerate(pairs, start=1)
    arena.lay_out(cursor, [Place(session.id, n, uuid.uuid4().hex, one.id, left) for n, (one, left) in numbered])
    return session


def _start(cursor: Cursor, student: ChosenStudent, asked: StartSession, person: str) -> Session:
    keys, test_set = _keys(cursor, student, asked.models), _test_set(cursor, asked.test_set)
    found = arena.candidates(cursor, asked.answer, person, keys, test_set)
    if not found:
        raise CitingError(NO_PAIRS)
    seed = secrets.token_hex(16)
    picked = chosen((candidate for candidate, _ in found.values()), asked.pairs, seed)
    on_the_left = lefts(picked, seed, person)
    laid_out = [found[one.comparison][1] for one in picked]
    pairs = [(one, (one.first, one.second)[on_the_left[one.id]]) for one in laid_out]
    return begin(cursor, person, asked, pairs, seed)


def _keys(cursor: Cursor, student: ChosenStudent, named: Sequence[str]) -> list[str]:
    """The models of these names, round numbers or keys; none for none. Raises CitingError for one that is not known."""
    if not named:
        return []
    known, found = answers.models(cursor), set[str]()
    for name in (student.base if name in (BASE, "0") else name for name in named):
        keys = {one.key for one in known if name in (one.name, one.key) or name == str(one.round)}
        if not keys:
            raise CitingError("One of the models has not answered anything yet; measure it first.")
        found |= keys
    if len(found) < 2:
        raise CitingError("Choose at least two models, or none for all of them.")
    return sorted(found)


def _test_set(cursor: Cursor, named: str) -> str | None:
    if not named:
        return None
    found = arena.test_set(cursor, named)
    if found is None:
        raise CitingError("There is no test set of that name.")
    return found


def _check_open(cursor: Cursor, session: Session, place: Place) -> None:
    said = arena.said(cursor, session.id)
    if session.revealed_at is not None:
        raise Refused("The names of this session have been shown; start a new one to vote.")
    if place.comparison in {one.comparison for one in standing(said)}:
        raise Refused("You have voted on this pair already; undo that vote to change it.")
    if place.comparison in seen_names(session, said):
        raise Refused("The names of this pair have been shown; vote on the next one.")


def _vote(asked: Vote, place: Place, person: str) -> Preference:
    is_skip = asked.prefer == "skip"
    return Preference(
        id=exact_hash(person, asked.request_id),
        comparison=place.comparison,
        left_answer=place.left_answer,
        source="vote",
        author=person,
        said_at=datetime.now(UTC),
        outcome="skip" if is_skip else "ok",
        overall=None if asked.prefer == "skip" else asked.prefer,
        articulate=asked.articulate,
        in_depth=asked.in_depth,
        comprehensive=asked.comprehensive,
        seconds=asked.seconds,
    )


def _undo(vote: Preference, id: str) -> Preference:
    return Preference(
        id=id,
        comparison=vote.comparison,
        left_answer=vote.left_answer,
        source="vote",
        author=vote.author,
        said_at=datetime.now(UTC),
        outcome="undo",
        undoes=vote.id,
    )


def _save(cursor: Cursor, session: Session, said: Preference) -> list[dict[str, object]]:
    """Append what was said; the lines for the journal."""
    arena.vote(cursor, session, said, session.seed)
    return journal_lines(cursor, [said.id])
