"""Training rows that compare answers: an accepted revision over the draft, its edits, and rankings of all texts.

What the desk stores is more than a text to imitate. It says what the student wrote before (arXiv 2408.06266 calls the
pair of draft and minimal revision contrastive), which words were put in and taken out (arXiv 2311.04072), and whose
text stands above whose (arXiv 2304.05302).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from citing_app.method.diff import Part, diff, kept_text, parts_of
from citing_app.method.identity import task_hash
from citing_app.method.prompts import draft_messages
from citing_app.method.sampling import shuffled_place
from citing_app.method.training_rows import TrainingRow, message, training_rows
from citing_app.types import Objective, Pair

NEW_WEIGHT, SAME_WEIGHT, DELETED_WEIGHT = 1.0, 0.3, -0.5
"""How much a token of an accepted revision counts that is new in it, or was in the draft; and one that was deleted."""
HELD_OUT = 5
"""Of so many instructions one is held out where nothing else is to measure on."""
Span = tuple[int, int, float]


def preference_rows(pairs: Iterable[Pair], objective: Objective) -> list[TrainingRow]:
    """The rows of each pair with the draft as what is `rejected`; where it was accepted as it is, nothing is.

    For the task *revise* that means: copying the draft is the wrong answer.
    """
    return [row | _rejected(pair.draft, pair.revision) for pair, row in _rows(pairs, objective)]


def edit_rows(pairs: Iterable[Pair], objective: Objective, criterion: str = "") -> list[TrainingRow]:
    """The rows of each pair with the weight of every word: new ones, kept ones, and in `rejected` the deleted ones.

    The words at a hunk that a person dropped count 0: they are the draft's, and nobody said that they are good. With a
    `criterion` (which the rows then name) a hunk that serves another one, or none that is known, counts as unchanged
    text, and its deleted words 0.
    """
    named = {"criterion": criterion} if criterion else {}
    return [row | _weighed(pair, criterion) | named for pair, row in _rows(pairs, objective)]


def serves(pair: Pair, criterion: str) -> bool:
    """Whether a hunk that was kept serves this criterion: as the person said, else as the revision's author did."""
    return any(part.changed and counts and part.criterion == criterion for part, counts in _judged(pair))


def ranked_rows(pairs: Iterable[Pair], objective: Objective, reward: str | None = None) -> list[TrainingRow]:
    """The rows of each pair with all its texts as `candidates`, ranked as the desk ranks them.

    A person's text stands above the revision that it was made from, and that above the draft. Of texts that are the
    same only the highest counts; `scores` are whole numbers, the lowest 0.

    What was `sampled` stands between revision and draft, by its reward, of which equals share a place: a person saw the
    revision and took it, nobody saw those, and the reward's scale says nothing of texts that it did not score. The
    draft comes last because the desk found it worth a revision, unless it is one of the sampled texts: then it has a
    score, and stands by that. Such a row names the `reward`.
    """
    return [
        row | _ranked(pair) | ({"ranked_by": reward} if reward and pair.sampled else {})
        for pair, row in _rows(pairs, objective)
    ]


def reward_rows(pairs: Iterable[Pair]) -> list[TrainingRow]:
    """What is better than what: the accepted text than the draft, and than the revision that a person changed.

    A row names its `instruction` and no decision: a reward model takes nothing from the rounds that learn to answer.
    """
    return [row for pair in pairs for row in _compared(pair)]


def held_apart(pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The pairs to learn, and those of a fifth of their instructions, by content, so that it is the same ones ever."""
    parts: tuple[list[Pair], list[Pair]] = ([], [])
    for pair in pairs:
        parts[shuffled_place(_hash(pair), 0)[0] % HELD_OUT == 0].append(pair)
    return parts


def spans_of(pair: Pair, criterion: str = "") -> tuple[list[Span], list[Span]]:
    """The weights of the revision's characters and of the draft's; what is not in a span of the draft counts 0.

    With a `criterion`, a hunk that does not serve it counts as unchanged text.
    """
    revision, draft = [], []
    at = before = 0
    for part, counts in _judged(pair):
        learned = part.changed and criterion in ("", part.criterion)
        weight = 0.0 if not counts else NEW_WEIGHT if learned else SAME_WEIGHT
        if part.after:
            revision.append((at, at + len(part.after), weight))
        if part.before and learned:
            draft.append((before, before + len(part.before), DELETED_WEIGHT))
        at, before = at + len(part.after), before + len(part.before)
    return revision, draft


def _judged(pair: Pair) -> list[tuple[Part, bool]]:
    """The parts that lead from the draft to the accepted text, and whether each counts.

    What a person wrote on serves no criterion that is known.
    """
    stated = list(_attributed(parts_of(pair.draft, pair.proposed, pair.edits), pair.criteria))
    hunks = [part for part in stated if part.changed]
    kept = pair.kept_hunks if pair.kept_hunks is not None else range(1, len(hunks) + 1)
    if kept_text(stated, kept) != pair.revision:  # a person wrote on: what counts is where they got to
        return [(part, True) for part in diff(pair.draft, pair.revision)]
    dropped = {id(part) for number, part in enumerate(hunks, start=1) if number not in kept}
    return [(Part(part.before, part.before), False) if id(part) in dropped else (part, True) for part in stated]


def _attributed(parts: Iterable[Part], chosen: Mapping[int, str]) -> Iterator[Part]:
    """The parts, those that a person gave another criterion with that one."""
    numbers = itertools.count(1)
    for part in parts:
        yield replace(part, criterion=chosen.get(next(numbers), part.criterion)) if part.changed else part


def _weighed(pair: Pair, criterion: str) -> TrainingRow:
    revision, draft = spans_of(pair, criterion)
    deleted = {"rejected": message(pair.draft), "rejected_weights": draft} if draft else {}
    return {"weights": revision} | deleted


def _ranked(pair: Pair) -> TrainingRow:
    sampled = sorted(set(pair.sampled.values()), reverse=True)
    by_worth = [[text for text, worth in pair.sampled.items() if worth == one] for one in sampled]
    places: dict[str, int] = {}  # of each text, the highest; 0 is the best
    for place, texts in enumerate([[pair.revision], [pair.proposed], *by_worth, [pair.draft]]):
        places |= {text: place for text in texts if text and text not in places}
    kept = sorted(set(places.values()), reverse=True)
    candidates, scores = [message(text) for text in places][1:], [kept.index(place) for place in places.values()]
    return {"candidates": candidates, "scores": scores} if candidates else {}


def _compared(pair: Pair) -> list[TrainingRow]:
    worse = [text for text in dict.fromkeys((pair.draft, pair.proposed)) if text and text != pair.revision]
    prompt = draft_messages(pair.task)
    better = {"prompt": prompt, "completion": message(pair.revision), "task": "draft", "instruction": _hash(pair)}
    return [{**better, "rejected": message(text)} for text in worse]


def _hash(pair: Pair) -> str:
    return task_hash(pair.task)


def _rejected(draft: str, revision: str) -> TrainingRow:
    return {} if draft == revision else {"rejected": message(draft)}


def _rows(pairs: Iterable[Pair], objective: Objective) -> Sequence[tuple[Pair, TrainingRow]]:
    return [(pair, row) for pair in pairs for row in training_rows([pair], objective)]
