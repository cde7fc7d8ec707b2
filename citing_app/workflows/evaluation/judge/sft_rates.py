"""Win rates against SFT along the rounds, as figures of a test set: one judge's, drafts and self-revisions apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple, get_args

from citing_app.method.evaluation.win_rates import WinRate, win_rate
from citing_app.store import rounds
from citing_app.store.answers import AnswerKind
from citing_app.store.database import Store
from citing_app.workflows.evaluation.judge.compared import Compared, compared_on, test_sets_known
from citing_app.workflows.evaluation.judge.judging import JudgedBy
from citing_app.workflows.evaluation.judge.win_rates_view import said_of
from citing_app.workflows.evaluation.lineage import SFT


class SftRate(NamedTuple):
    """The win rate of a round's answers against those of the SFT round, by the judge that said most of them."""

    dataset: str
    test_set: str
    key: str
    round: int
    answer: AnswerKind
    judge: JudgedBy
    rate: WinRate


def sft_rates(store: Store) -> Iterator[SftRate]:
    """Of every test set; nothing where there is no SFT round, or nothing was compared with it."""
    with store.read() as cursor:
        sft = {row.number for row in rounds.listed(cursor) if row.kind == SFT}
    kinds: tuple[AnswerKind, ...] = get_args(AnswerKind)
    for chosen, kind in product(test_sets_known(store), kinds if sft else ()):
        with_sft = [one for one in compared_on(store, chosen, kind) if one.models[1].round in sft]
        by = _busiest(with_sft)
        for one in with_sft:
            first = one.models[0]
            if one.by == by and first.round is not None:
                said = [row.outcome() for row in said_of(store, one.by, one.cases) if row.is_judged]
                yield SftRate(chosen.name, chosen.hash, first.key, first.round, kind, one.by, win_rate(said))


def _busiest(compared: Sequence[Compared]) -> JudgedBy | None:
    """The judge that compared most, a model before closeness to the reference: two judges make no one line."""
    cases: dict[JudgedBy, int] = {}
    for one in compared:
        cases[one.by] = cases.get(one.by, 0) + len(one.cases)
    return max(cases, key=lambda by: (by.source == "judge", cases[by]), default=None)
