"""A blind session of pairs: which are asked about, in which order, and which answer stands on the left.

All of it follows from a seed, so that a session can be made again and its sides checked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from citing_app.method.identity import exact_hash

_HUB = ""
"""Stands for no model: an edge to it makes an odd number of pairs of a model even."""


@dataclass(frozen=True)
class Candidate:
    """A comparison that a person can be asked about, between the answers of two models.

    `votes` is how many people have voted on it, `own` whether this person has, in an earlier session.
    """

    comparison: str
    instruction: str
    models: tuple[str, str]
    votes: int = 0
    own: bool = False


def chosen(candidates: Iterable[Candidate], wanted: int, seed: str) -> list[Candidate]:
    """At most `wanted` of the candidates, in the order of the session.

    Every two models come as often as any others; of theirs, those this person has not seen come first, then those with
    the fewest votes, then those on an instruction that the session does not have yet. The seed settles the rest.
    """
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        one, other = sorted(candidate.models)
        groups[one, other].append(candidate)
    votes = {models: sum(one.votes for one in group) for models, group in groups.items()}
    taken, instructions, found = Counter[tuple[str, str]](), Counter[str](), list[Candidate]()
    while groups and len(found) < wanted:
        models = min(groups, key=lambda models: (taken[models], votes[models], exact_hash(seed, *models)))
        group = groups[models]
        best = min(group, key=lambda one: (one.own, one.votes, instructions[one.instruction], _drawn(seed, one)))
        group.remove(best)
        if not group:
            del groups[models]
        taken[models] += 1
        instructions[best.instruction] += 1
        found.append(best)
    return sorted(found, key=lambda one: _drawn(seed, one))


def _drawn(seed: str, candidate: Candidate) -> str:
    return exact_hash(seed, candidate.comparison)


def lefts(pairs: Sequence[Candidate], seed: str, person: str) -> dict[str, int]:
    """Which of its two models (0 or 1) stands on the left, by comparison.

    Every model stands left as often as right, give or take one. The sha256 of seed, person and comparison decides the
    pairs' order and the side of each pair that a trail begins with; the trail decides the others: read the pairs as
    edges between models and walk them, from left to right, until the walk ends where it began. A walk enters a model
    as often as it leaves it; the edges of a model with an odd number of pairs are made even by one to nowhere.
    """
    coins = {pair.comparison: exact_hash(seed, person, pair.comparison) for pair in pairs}
    edges: list[tuple[str, str, str]] = [(pair.comparison, *pair.models) for pair in pairs]
    edges.sort(key=lambda edge: coins[edge[0]])
    degrees = Counter(model for _, *models in edges for model in models)
    edges += [("", model, _HUB) for model in sorted(degrees) if degrees[model] % 2]
    unused = dict(enumerate(edges))
    found: dict[str, int] = {}
    while unused:
        at: int | None = next(iter(unused))
        comparison, *models = next(iter(unused.values()))
        model = models[int(coins.get(comparison, "0")[-1], 16) % 2]
        while at is not None:
            comparison, *models = unused.pop(at)
            side = models.index(model)
            found[comparison] = side
            model = models[1 - side]
            at = next((number for number, (_, *ends) in unused.items() if model in ends), None)
    found.pop("", None)
    return found
