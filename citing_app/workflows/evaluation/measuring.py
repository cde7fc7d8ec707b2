"""Evaluating: how good drafts and self-revisions are, on instructions nothing was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import bootstrap_interval
from citing_app.method.metrics import exact_match, rouge_l, token_f1
from citing_app.method.prompts import draft_messages, revise_messages
from citing_app.running.jobs import Job
from citing_app.store import instructions, metrics, rubrics
from citing_app.store.database import Store
from citing_app.store.metrics import Metric
from citing_app.types import Instruction, Message, Rubric
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.students import adapter_of, model_name, number_of
from citing_app.workflows.studio import Studio

TEST_SPLIT = "test split"
_BATCH = 32
_METRICS: dict[str, Callable[[str, str], float]] = {
    "rouge_l": rouge_l,
    "token_f1": token_f1,
    "exact_match": exact_match,
}


def evaluate(studio: Studio, numbers: Sequence[int | None], dataset: str | None, limit: int, job: Job) -> list[Metric]:
    """Measure the base model (None) and rounds on the test split, or on the rows of one data set that no round learned.

    Drafts and self-revisions are compared with the reference answers: ROUGE-L, token F1, exact match, and the mean
    loss per token of the reference answer after the instruction; each with a 95 % bootstrap interval over rows.
    """
    chosen = _chosen(studio, dataset, limit)
    with studio.store.read() as cursor:
        rubric_of = instructions.rubric_categories(cursor, [row.id for row in chosen])
        by_category = rubrics.newest(cursor)
    lookup = {row.id: by_category.get(rubric_of.get(row.id) or "") for row in chosen}
    measured: list[Metric] = []
    numbers = list(dict.fromkeys(numbers))
    for index, number in enumerate(numbers):
        job.progress(3 * index, 3 * len(numbers), f"evaluating {model_name(number)}")
        figures = _Measurement(studio, number, chosen, lookup, dataset or TEST_SPLIT, job, 3 * index, 3 * len(numbers))
        measured += figures.run()
        with studio.store.write() as cursor:
            metrics.replace_metrics(cursor, measured)
    return measured


def measurable(store: Store, dataset: str | None, limit: int) -> list[Instruction]:
    """The rows of the data set, or of the test split, that can be measured on: answered, and learned by no round."""
    with store.read() as cursor:
        if dataset:
            return instructions.never_trained(cursor, dataset, limit)
        return instructions.in_split(cursor, "test", limit)


def _chosen(studio: Studio, dataset: str | None, limit: int) -> list[Instruction]:
    chosen = measurable(studio.store, dataset, limit)
    if not chosen:
        raise CitingError(f"There are no reference answers to measure on in {dataset or 'the test split'}.")
    return chosen


def figures(store: Store) -> list[Metric]:
    """Every figure measured so far."""
    with store.read() as cursor:
        return metrics.all_metrics(cursor)


class _Measurement:
    """One model on one set of instructions: drafts, self-revisions, and the loss of the reference answers."""

    def __init__(
        self,
        studio: Studio,
        number: int | None,
        rows: Sequence[Instruction],
        lookup: dict[int, Rubric | None],
        dataset: str,
        job: Job,
        done: float,
        total: int,
    ) -> None:
        self._studio, self._rows, self._lookup, self._dataset = studio, rows, lookup, dataset
        self._job, self._done, self._total = job, done, total
        self._model = model_name(number)
        self._adapter: Path | None = adapter_of(studio.store, studio.rounds_folder, number)

    def run(self) -> list[Metric]:
        drafts = self._answers([draft_messages(row.text, row.input) for row in self._rows])
        revisions = self._answers(
            [
                revise_messages(row.text, row.input, self._lookup[row.id], draft)
                for row, draft in zip(self._rows, drafts, strict=True)
            ]
        )
        losses = self._losses()
        figures = [*self._compared("draft", drafts), *self._compared("self-revision", revisions)]
        return [*figures, self._metric("draft", "loss", losses)] if losses else figures  # all too long to read: no loss

    def _answers(self, prompts: Sequence[Sequence[Message]]) -> list[str]:
        answers = [""] * len(prompts)
        by_length = sorted(range(len(prompts)), key=lambda place: sum(len(one["content"]) for one in prompts[place]))
        for start in range(0, len(prompts), _BATCH):
            places = by_length[start : start + _BATCH]
            with self._studio.device.turn("bulk", "evaluating", self._job.cancelled):
                written = self._studio.student.complete(
                    [prompts[place] for place in places],
                    adapter=self._adapter,
                    batch_size=_BATCH,
                    on_writing=lambda done: self._job.progress(self._done + done / len(prompts), self._total),
                    cancelled=self._job.cancelled.is_set,
                )
                for index, text in written:
                    answers[places[index]] = text
            self._step(len(places) / len(prompts))
        return answers

    def _losses(self) -> list[float]:
        pairs = [(draft_messages(row.text, row.input), row.output) for row in self._rows]
        with self._studio.device.turn("bulk", "evaluating", self._job.cancelled):
            losses = self._studio.student.losses(pairs, adapter=self._adapter, cancelled=self._job.cancelled.is_set)
        self._step(1.0)
        return [loss for loss in losses if loss is not None]

    def _compared(self, answer: str, texts: Sequence[str]) -> list[Metric]:
        pairs = list(zip(texts, (row.output for row in self._rows), strict=True))
        return [self._metric(answer, name, [score(*pair) for pair in pairs]) for name, score in _METRICS.items()]

    def _metric(self, answer: str, name: str, values: Sequence[float]) -> Metric:
        low, high = bootstrap_interval(values)
        mean = sum(values) / len(values)
        return Metric(self._model, self._dataset, answer, name, mean, low, high, len(values))

    def _step(self, share: float) -> None:
        self._done += share
        self._job.progress(self._done, self._total)


def start(studio: Studio, asked: Evaluate) -> None:
    """Evaluate in the background.

    Raises CitingError where no model is named, for a round without an adapter, and where there are no rows.
    """
    numbers, dataset = [number_of(model) for model in asked.models], asked.dataset or None
    if not numbers:
        raise CitingError("Name one to twenty models: base, or the number of a round.")
    _chosen(studio, dataset, asked.items)
    for number in numbers:
        adapter_of(studio.store, studio.rounds_folder, number)

    def work(job: Job) -> str:
        figures = evaluate(studio, numbers, dataset, asked.items, job)
        return f"{len(figures)} figures measured."

    studio.jobs.start("evaluate", "Evaluating", work, needs=[number for number in numbers if number is not None])
