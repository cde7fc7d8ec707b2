"""What was compared on a test set: each pair of models, and the judges that said something of their answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from citing_app.errors import CitingError
from citing_app.store import answers, comparisons, instructions, test_sets
from citing_app.store.answers import Answer, AnswerKind, Model
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.store.test_sets import TestSet
from citing_app.types import Instruction
from citing_app.workflows.evaluation.judge.judging import Case, JudgedBy, by_order, newest_said


@dataclass(frozen=True)
class Compared:
    """Two models, the newer one first, and their answers to what this judge compared, be it in one order only."""

    models: tuple[Model, Model]
    by: JudgedBy
    cases: tuple[Case, ...]


def test_sets_known(store: Store) -> list[TestSet]:
    """The test sets, newest first."""
    with store.read() as cursor:
        return [one for one in test_sets.everything(cursor) if one.learned_by is None]


def chosen_set(store: Store, hash: str) -> TestSet | None:
    """The test set of this hash; where none is named the one that was compared on last, or the newest, if there is one.

    Raises CitingError for one that is not there.
    """
    known = test_sets_known(store)
    if not hash:
        with store.read() as cursor:
            compared = comparisons.test_sets(cursor)
        by_hash = {one.hash: one for one in known}
        return next((by_hash[hash] for hash in compared if hash in by_hash), next(iter(known), None))
    chosen = next((one for one in known if one.hash == hash), None)
    if chosen is None:
        raise CitingError("There is no test set of this name.")
    return chosen


def compared_on(
    store: Store, chosen: TestSet, kind: AnswerKind, models: Collection[str] | None = None
) -> list[Compared]:
    """All that was compared on a test set, of drafts or of self-revisions, that of the newest model first.

    Of these models (keys) only, where some are named.
    """
    with store.read() as cursor:
        hashes = test_sets.hashes(cursor, chosen.hash)
        rows = instructions.by_hash(cursor, hashes)
        named = {one.key: one for one in reversed(answers.models(cursor))}  # of one key the first name
        known = [one for one in reversed(named.values()) if models is None or one.key in models]
        answered = [(one, answers.of_model(cursor, one.key, kind, hashes)) for one in known]
    found = []
    for (first, its), (second, theirs) in combinations(reversed(answered), 2):
        found += _compared(store, (first, second), _cases(rows, its, theirs))
    return found


def _compared(store: Store, models: tuple[Model, Model], cases: Sequence[Case]) -> list[Compared]:
    with store.read() as cursor:
        standing = comparisons.standing(cursor, [case.comparison.id for case in cases])
    newest = newest_said(standing)
    return [
        Compared(models, by, tuple(case for case in cases if any(by_order(case, by, newest))))
        for by in _judges(standing)
    ]


def _judges(standing: Sequence[Preference]) -> list[JudgedBy]:
    every = (JudgedBy(one.source, one.author, one.prompt_hash) for one in standing if one.source != "vote")
    return list(dict.fromkeys(every))


def _cases(rows: Sequence[Instruction], its: Mapping[str, Answer], theirs: Mapping[str, Answer]) -> list[Case]:
    return [Case(row, its[row.hash], theirs[row.hash]) for row in rows if row.hash in its and row.hash in theirs]
