"""Ratings of many models from who beat whom, shown as the probability to beat one of them, the anchor.

Bradley and Terry (1952): the log-odds that one model beats another are the difference of their strengths. That is a
logistic regression without an intercept in which a tie is half a win for each side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citing_app.method.evaluation.intervals import quantiles

_SEED = 0
_NO_RIDGE = 1e8  # scikit-learn's C: the fit always has an end, and the ridge shows in no digit
Floats = npt.NDArray[np.float64]
Interval = tuple[float, float] | tuple[None, None]


@dataclass(frozen=True)
class Game:
    """One comparison of two models' answers to an instruction; `score` is the first's: 1 won, ½ tied, 0 lost."""

    instruction: str
    first: str
    second: str
    score: float


@dataclass(frozen=True)
class Rating:
    """A model's strength, in log-odds above the anchor's, and its probability to beat the anchor, with its interval.

    Where the model is not rateable they are None, and `why` says so; the interval is None too where its games are on
    one instruction only, and where nobody won any of them.
    """

    model: str
    games: int
    strength: float | None
    beats_anchor: float | None
    low: float | None
    high: float | None
    why: str = ""


def ratings(games: Sequence[Game], anchor: str, draws: int = 200, level: float = 0.95) -> list[Rating]:
    """Every model of the games, and the anchor: the strongest first, those that are not rateable last.

    A model is rateable if wins or ties lead from it to the anchor and back (Ford 1957). Otherwise its strength is
    not finite, and a fit returns whatever it stopped at. Games with such models are left out. The interval is the
    bootstrap over instructions, because games on one instruction depend on each other.
    """
    played = Counter(model for game in games for model in (game.first, game.second))
    rateable = _rateable(games, sorted({anchor, *played}), anchor)
    fit = _Fit([game for game in games if {game.first, game.second} <= set(rateable)], rateable, anchor)
    strengths, intervals = fit.strengths(), fit.intervals(draws, level)
    found = [
        Rating(model, played[model], float(strength), float(_expit(strength)), *interval)
        for model, strength, interval in zip(rateable, strengths, intervals, strict=True)
    ]
    others = [
        Rating(model, played[model], None, None, None, None, _why(model, games, anchor))
        for model in sorted({anchor, *played} - set(rateable))
    ]
    return sorted(found, key=lambda rating: (-(rating.strength or 0.0), rating.model)) + others


def _rateable(games: Sequence[Game], models: Sequence[str], anchor: str) -> list[str]:
    """The models of the anchor's strongly connected component, where an arrow leads from who scored to who let it."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    place = {model: index for index, model in enumerate(models)}
    arrows = np.zeros((len(models), len(models)))
    for game in games:
        arrows[place[game.first], place[game.second]] += game.score
        arrows[place[game.second], place[game.first]] += 1 - game.score
    _, component = connected_components(csr_array(arrows), directed=True, connection="strong")
    return [model for model in models if component[place[model]] == component[place[anchor]]]


def _why(model: str, games: Sequence[Game], anchor: str) -> str:
    scores = [game.score if game.first == model else 1 - game.score for game in games if model in _players(game)]
    if not any(scores):
        return "It never won or tied, so its rating has no lower limit."
    if min(scores) == 1:
        return "It never lost or tied, so its rating has no upper limit."
    return f"Wins don't lead from it to {anchor} and back, so the two have no common scale."


def _players(game: Game) -> tuple[str, str]:
    return game.first, game.second


class _Fit:
    """The games of models that are all connected: wins by instruction and pair, and the strengths they give."""

    def __init__(self, games: Sequence[Game], models: Sequence[str], anchor: str) -> None:
        self._models, self._anchor = models, models.index(anchor)
        self._pairs = sorted({(min(_players(game)), max(_players(game))) for game in games})
        self._design = self._columns()
        self._won = self._wins(games)
        self._seen = [len({game.instruction for game in games if model in _players(game)}) for model in models]
        self._decided = [any(model in _players(game) and game.score != 0.5 for game in games) for model in models]

    def _columns(self) -> Floats:
        """A line for each pair, +1 for its first model and −1 for its second; the anchor, at 0, has no column."""
        place = {model: index for index, model in enumerate(self._models)}
        design = np.zeros((len(self._pairs), len(self._models)))
        for line, (first, second) in enumerate(self._pairs):
            design[line, place[first]], design[line, place[second]] = 1, -1
        return np.delete(design, self._anchor, axis=1)

    def _wins(self, games: Sequence[Game]) -> Floats:
        """Instructions × (wins of each pair's first model, then of each pair's second)."""
        instructions = {name: row for row, name in enumerate(sorted({game.instruction for game in games}))}
        pair = {names: line for line, names in enumerate(self._pairs)}
        won = np.zeros((len(instructions), 2, len(self._pairs)))
        for game in games:
            names = min(_players(game)), max(_players(game))
            is_first = game.first == names[0]
            won[instructions[game.instruction], :, pair[names]] += (
                (game.score, 1 - game.score) if is_first else (1 - game.score, game.score)
            )
        return won

    def strengths(self) -> Floats:
        """Each model's log-odds above the anchor's."""
        return self._fitted(self._won.sum(axis=0))

    def intervals(self, draws: int, level: float) -> list[Interval]:
        """Each model's interval of the probability to beat the anchor, over the draws that link the two."""
        n = len(self._won)
        if max(self._seen, default=0) < 2:
            return [(None, None)] * len(self._models)
        times = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=draws)
        drawn = _expit(np.array([self._drawn(np.tensordot(row, self._won, axes=1)) for row in times]))
        return [
            quantiles(column[~np.isnan(column)], level) if seen > 1 and decided else (None, None)
            for column, seen, decided in zip(drawn.T, self._seen, self._decided, strict=True)
        ]

    def _drawn(self, won: Floats) -> Floats:
        return np.where(self._meets_anchor(won), self._fitted(won), np.nan)

    def _meets_anchor(self, won: Floats) -> npt.NDArray[np.bool_]:
        """Which models are linked to the anchor by games of this draw, whoever won them."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        place = {model: index for index, model in enumerate(self._models)}
        links = np.zeros((len(self._models), len(self._models)))
        for (first, second), games in zip(self._pairs, won.sum(axis=0), strict=True):
            links[place[first], place[second]] = games
        _, component = connected_components(csr_array(links), directed=False)
        met: npt.NDArray[np.bool_] = component == component[self._anchor]
        return met

    def _fitted(self, won: Floats) -> Floats:
        """One weighted logistic regression: each pair once as won and once as lost, as often as it was."""
        from sklearn.linear_model import LogisticRegression  # takes seconds to import

        if not self._pairs:
            return np.zeros(len(self._models))
        model = LogisticRegression(C=_NO_RIDGE, fit_intercept=False, solver="newton-cg", tol=1e-10, max_iter=1000)
        is_won = np.repeat([1, 0], len(self._pairs))
        model.fit(np.vstack([self._design] * 2), is_won, sample_weight=won.ravel())
        return np.insert(model.coef_[0], self._anchor, 0.0)


def _expit(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))
