"""Scoring: the figures of answers and models, computed where they are missing and stored as they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from citing_app.method.metrics import basis
from citing_app.method.prompts import draft_messages
from citing_app.models.embedder import Embedder
from citing_app.store import accepted_answers, figures
from citing_app.store.answers import Answer
from citing_app.store.database import Store
from citing_app.store.figures import Figure
from citing_app.types import Instruction
from citing_app.workflows.evaluation.figures.answering import Answerer
from citing_app.workflows.evaluation.figures.metrics import LIKELIHOODS, METRICS, SIMILARITY, Likelihood, Text
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.studio import Studio

_BATCH = 64
Accepted = Mapping[str, Sequence[str]]
"""Accepted answers by instruction hash."""


@dataclass(frozen=True)
class Written:
    """What one model wrote for the rows: answers of both kinds by instruction hash."""

    drafts: Mapping[str, Answer]
    self_revisions: Mapping[str, Answer]

    def all(self) -> Iterable[Answer]:
        """Every answer, drafts first."""
        return [*self.drafts.values(), *self.self_revisions.values()]


def accepted_of(store: Store, rows: Sequence[Instruction]) -> Accepted:
    """The accepted answers of each row; none where they are all blank."""
    with store.read() as cursor:
        found = accepted_answers.accepted(cursor, [row.hash for row in rows])
    return {row.hash: found.get(row.hash, ()) for row in rows}


def score_texts(store: Store, written: Written, rows: Sequence[Instruction], accepted: Accepted) -> None:
    """Measure every text by the table of metrics."""
    by_hash = {row.hash: row for row in rows}
    missing = _Missing(store, written, [*by_hash])
    found = []
    for answer in written.all():
        draft = written.drafts[answer.instruction_hash].text if answer.kind == "self-revision" else None
        text = Text(answer.text, by_hash[answer.instruction_hash], accepted[answer.instruction_hash], draft)
        for name, metric in METRICS.items():
            rests_on = basis(name, text.accepted if metric.by_reference else ())
            has_value = answer.kind in metric.kinds and (text.accepted or not metric.by_reference)
            if has_value and missing.is_missing(answer, name, rests_on):
                found.append(_of_text(answer, name, rests_on, metric.score(text)))
    _keep(store, found)


def score_similarity(
    store: Store, embedder: Embedder, written: Written, hashes: Sequence[str], accepted: Accepted, steps: Steps
) -> None:
    """Measure how near each text is to the accepted answer that it is nearest to; an empty one is 0.

    Raises CitingError where the embedder cannot be asked.
    """
    missing = _Missing(store, written, hashes)
    bases = {one: basis(SIMILARITY, [embedder.name, *texts]) for one, texts in accepted.items() if texts}
    having = [one for one in written.all() if one.instruction_hash in bases]
    left = [one for one in having if missing.is_missing(one, SIMILARITY, bases[one.instruction_hash])]
    for start in range(0, len(left), _BATCH):
        steps.part(start, len(left))
        batch = left[start : start + _BATCH]
        near = _similarities(embedder, [(one.text, accepted[one.instruction_hash]) for one in batch])
        _keep(
            store,
            [
                _of_text(one, SIMILARITY, bases[one.instruction_hash], value)
                for one, value in zip(batch, near, strict=True)
            ],
        )


def score_likelihoods(
    studio: Studio, who: Answerer, rows: Sequence[Instruction], steps: Steps, names: Sequence[str] = tuple(LIKELIHOODS)
) -> None:
    """Measure how likely the model finds each row's reference answer; a row too long to read has no such figure."""
    wanted = [(name, LIKELIHOODS[name]) for name in names]
    for name, likelihood in wanted:
        if who.adapter is not None or likelihood.of_base:
            _score_likelihood(studio, who, rows, steps, name, likelihood)


def _score_likelihood(
    studio: Studio, who: Answerer, rows: Sequence[Instruction], steps: Steps, name: str, likelihood: Likelihood
) -> None:
    with studio.store.read() as cursor:
        known = figures.known(cursor, who.model.key, [row.hash for row in rows])
    left = [row for row in rows if (row.hash, "draft", name, None, basis(name, [row.output])) not in known]
    left.sort(key=lambda row: sum(map(len, row.task.texts)) + len(row.output))
    for start in range(0, len(left), _BATCH):
        steps.part(start, len(left))
        batch = left[start : start + _BATCH]
        pairs = [(draft_messages(row.task), row.output) for row in batch]
        with studio.device.turn("bulk", "evaluating", steps.job.cancelled):
            values = likelihood.ask(studio.student, pairs, who.adapter, who.strength, steps.job.cancelled.is_set)
        _keep(
            studio.store,
            [
                Figure(who.model.key, row.hash, None, "draft", name, basis(name, [row.output]), value)
                for row, value in zip(batch, values, strict=True)
                if value is not None
            ],
        )


class _Missing:
    """Tells which figures of one model's answers are not in the store."""

    def __init__(self, store: Store, written: Written, hashes: Sequence[str]) -> None:
        models = {answer.model for answer in written.all()}
        with store.read() as cursor:
            self._known = {model: figures.known(cursor, model, hashes) for model in models}

    def is_missing(self, answer: Answer, metric: str, basis: str) -> bool:
        key = (answer.instruction_hash, answer.kind, metric, answer.key, basis)
        return key not in self._known[answer.model]


def _of_text(answer: Answer, metric: str, basis: str, value: float) -> Figure:
    return Figure(answer.model, answer.instruction_hash, answer.key, answer.kind, metric, basis, value)


def _keep(store: Store, found: Sequence[Figure]) -> None:
    finite = [one for one in found if math.isfinite(one.value)]  # a broken adapter's loss may be none
    if finite:
        with store.write() as cursor:
            figures.add(cursor, finite)


def _similarities(embedder: Embedder, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
    texts = list(dict.fromkeys(text for one, accepted in pairs for text in (one, *accepted)))
    vectors = dict(zip(texts, embedder.embed_batch(texts), strict=True))
    return [
        max(float(vectors[one] @ vectors[text]) for text in accepted) if one.strip() else 0.0 for one, accepted in pairs
    ]
