"""A race on its way: the runs one after the other, then what is measured and judged.

Each run is a curriculum, whose stages go on where they stopped and do nothing twice; what the race itself finds is
written down once. So a race that was paused or killed is begun again from its top, and passes over what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from citing_app.errors import Cancelled, CitingError, OverBudget
from citing_app.method.parts import DataPart
from citing_app.method.sampling import sample
from citing_app.running.jobs import Job
from citing_app.store import curricula, figures, instructions, races
from citing_app.store.races import RaceRow, RunRow
from citing_app.workflows.curriculum.stages import Course
from citing_app.workflows.evaluation import test_sets
from citing_app.workflows.evaluation.figures import measuring
from citing_app.workflows.evaluation.figures.answering import Answerer, answerer
from citing_app.workflows.evaluation.figures.metrics import LOSS
from citing_app.workflows.evaluation.figures.scoring import score_likelihoods
from citing_app.workflows.evaluation.judge.comparing import compare
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.evaluation.test_sets import Chosen
from citing_app.workflows.race.settings import RaceSettings
from citing_app.workflows.studio import Studio

ANSWERS = ("draft", "self-revision")
DRAWN, BEST_RATE, OUT, MEASURED, JUDGED = "drawn", "rate", "out", "measured", "judged"
"""What a race finds; a method's name follows `rate` and `out`, and what was compared `judged`."""


class _Part(Job):
    """The job of one run, which tells the race's how far it is."""

    def __init__(self, race: Job, done: int, total: int, label: str) -> None:
        super().__init__(race.name, "", cancelled=race.cancelled)
        self._race, self._done, self._of, self._label = race, done, total, label

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        super().progress(done, total, message)
        told = f"{self._label} · {message}" if message else ""
        self._race.progress(self._done + (min(1.0, done / total) if total else 0.0), self._of, told)


class RaceCourse:
    """One race on its way: its settings, what it has found, and the job that reports."""

    def __init__(self, studio: Studio, number: int, row: RaceRow, job: Job) -> None:
        self.studio, self.number, self.job = studio, number, job
        self.settings = RaceSettings.of(row.settings)
        self.started_by = row.started_by
        self._done = 0
        with studio.store.read() as cursor:
            self._found = races.findings(cursor, number)
            self._runs = {(run.method, run.learning_rate, run.seed): run for run in races.runs(cursor, number)}

    def go(self) -> None:
        """Go to the end. Raises Cancelled where it was stopped, CitingError where it cannot go on."""
        self._draw()
        for method in self.settings.methods:
            self._sweep(method)
        finals = [run for method in self._racing() for run in self._finals(method)]
        self._measure(finals)
        self._judge(finals)

    @property
    def _parts(self) -> int:
        """Runs, measurements and comparisons: what the progress counts."""
        settings = self.settings
        of_each = len(settings.rates_of(settings.methods[0])) + 3 * settings.seeds
        return 1 + len(settings.methods) * of_each

    def _draw(self) -> None:
        """The instructions of each round, the same for every run: hashes, as in a curriculum."""
        settings = self.settings
        drawn: list[list[str]] = []
        with self.studio.store.read() as cursor:
            hashes = instructions.train_hashes(cursor, answered=True)
        for _ in range(settings.rounds):
            drawn.append(sample(hashes, settings.items, drawn, "fresh", settings.seed))
        if not hashes:
            raise CitingError("There are no train answers: import a data set that has some.")
        self._keep(DRAWN, {"hashes": drawn})

    def _sweep(self, method: str) -> None:
        """Train the method at each of its rates, with the first seed, and find the one that is best on dev."""
        settings, losses = self.settings, {}
        if {f"{BEST_RATE} {method}", f"{OUT} {method}"} & self._found.keys():
            self._end_part(len(settings.rates_of(method)))
            return
        try:
            for rate in settings.rates_of(method):
                run = self._run(method, rate, settings.seed)
                losses[rate] = self._loss_on_dev(self._rounds_of(run)[-1])
        except OverBudget as error:  # the others can race without it
            self._keep(f"{OUT} {method}", {"reason": str(error)})
            return
        best = min(losses, key=lambda rate: losses[rate])
        self._keep(f"{BEST_RATE} {method}", {"rate": best, "losses": [[rate, loss] for rate, loss in losses.items()]})

    def _racing(self) -> list[str]:
        """The methods that have a student."""
        return [method for method in self.settings.methods if f"{BEST_RATE} {method}" in self._found]

    def _finals(self, method: str) -> list[RunRow]:
        """The method at its best rate, with each seed."""
        rate = self._found[f"{BEST_RATE} {method}"]["rate"]
        return [self._run(method, rate, seed) for seed in self.settings.all_seeds]

    def _run(self, method: str, rate: float, seed: int) -> RunRow:
        """This run, gone to its end."""
        run = self._runs.get((method, rate, seed)) or self._begin(method, rate, seed)
        with self.studio.store.read() as cursor:
            row = curricula.get(cursor, run.curriculum)
        assert row is not None
        part = _Part(self.job, self._done, self._parts, f"{method}, learning rate {rate:g}, seed {seed}")
        course = Course(self.studio, run.curriculum, row, part)
        for place in range(1, course.settings.rounds + 1):
            for stage in course.stages:
                if not course.is_done(place, stage):
                    course.do(place, stage)
        if row.state != "finished":
            with self.studio.store.write() as cursor:
                curricula.set_state(cursor, run.curriculum, "finished")
        self._end_part()
        return run

    def _begin(self, method: str, rate: float, seed: int) -> RunRow:
        """Write the run down, with the instructions that were drawn and the round that it begins with."""
        settings = self.settings
        with self.studio.store.write() as cursor:
            number = curricula.add(cursor, settings.of_run(method, rate, seed).to_json(), self.started_by)
            for place, hashes in enumerate(self._found[DRAWN]["hashes"], 1):
                curricula.write_stage(cursor, number, place, "sample", {"hashes": hashes}, is_done=True)
            if settings.parent is not None:
                curricula.write_stage(cursor, number, 0, "train", {"number": settings.parent}, is_done=True)
            run = RunRow(method, rate, seed, number)
            races.add_run(cursor, self.number, run)
        self._runs[method, rate, seed] = run
        return run

    def _rounds_of(self, run: RunRow) -> list[int]:
        """The numbers of the rounds that the run trained."""
        with self.studio.store.read() as cursor:
            stages = curricula.stages(cursor, run.curriculum)
        trained = {stage.round: stage.detail["number"] for stage in stages if stage.stage == "train" and stage.round}
        return [trained[place] for place in sorted(trained)]

    def _loss_on_dev(self, number: int) -> float:
        """The mean over data sets of the mean loss of reference answers on their dev parts."""
        who, means = answerer(self.studio, number), []
        for chosen in self._chosen("dev"):
            self._score(who, chosen)
            with self.studio.store.read() as cursor:
                found = figures.series(cursor, [row.hash for row in chosen.rows], [LOSS])
            means += [one.values.mean() for one in found if one.model == who.model.key]
        return float(np.mean(means))

    def _score(self, who: Answerer, chosen: Chosen) -> None:
        score_likelihoods(self.studio, who, chosen.rows, Steps(self._inner(), 1), [LOSS])

    def _chosen(self, part: DataPart) -> Iterable[Chosen]:
        for dataset in self.settings.datasets:
            yield test_sets.frozen(self.studio.store, dataset or None, self.settings.evaluate_items, part)

    def _measure(self, finals: list[RunRow]) -> None:
        """Measure on the test parts: where all began and each final student, and the loss after each round before."""
        if MEASURED in self._found:
            return
        settings = self.settings
        models = {0: [self._measured(settings.parent, "where all begin")]}
        for run in finals:
            *before, last = self._rounds_of(run)
            keys = [self._measured_loss(number) for number in before]
            models[run.curriculum] = [*keys, self._measured(last, f"{run.method}, seed {run.seed}")]
        sets = [[one.name, one.test_set, len(one.rows)] for one in self._chosen("test")]
        self._keep(MEASURED, {"models": {str(run): keys for run, keys in models.items()}, "sets": sets})

    def _measured(self, number: int | None, label: str) -> str:
        """The key of the model, measured on every test part."""
        settings = self.settings
        for dataset in settings.datasets:
            job = _Part(self.job, self._done, self._parts, f"measuring {label}")
            measuring.evaluate(self.studio, [number], dataset or None, settings.evaluate_items, job, "test")
        self._end_part()
        return answerer(self.studio, number).model.key

    def _measured_loss(self, number: int) -> str:
        who = answerer(self.studio, number)
        for chosen in self._chosen("test"):
            self._score(who, chosen)
        return who.model.key

    def _judge(self, finals: list[RunRow]) -> None:
        """Compare each method with the first, seed by seed: drafts with drafts, self-revisions with self-revisions."""
        if not self.settings.judge:
            return
        first = self.settings.methods[0]
        leading = {run.seed: run for run in finals if run.method == first}
        for run in finals:
            if run.method != first and run.seed in leading:
                self._compare(leading[run.seed], run)
            self._end_part()

    def _compare(self, first: RunRow, second: RunRow) -> None:
        for dataset in self.settings.datasets:
            for answer in ANSWERS:
                name = f"{JUDGED} {first.curriculum} {second.curriculum} {answer} {dataset}"
                if name not in self._found:
                    self._keep(name, self._compared(first, second, dataset, answer))

    def _compared(self, first: RunRow, second: RunRow, dataset: str, answer: str) -> dict[str, Any]:
        asked = {
            "model": self._rounds_of(first)[-1],
            "opponents": [str(self._rounds_of(second)[-1])],
            "test_set": dataset,
            "part": "test",
            "items": self.settings.evaluate_items,
            "judge": self.settings.judge,
            "answer": answer,
        }
        about = {"first": first.method, "second": second.method, "seed": first.seed, "dataset": dataset}
        label = f"{first.method} against {second.method}, seed {first.seed}"
        try:
            [found] = compare(self.studio, Compare.of(asked), _Part(self.job, self._done, self._parts, label))
        except Cancelled:
            raise
        except CitingError as error:  # the spending limit, for example: the race has its figures all the same
            return {**about, "answer": answer, "reason": str(error)}
        return {**about, "answer": answer, "judge": found["judge"], "rates": found["rates"]}

    def _keep(self, name: str, detail: Mapping[str, Any]) -> None:
        with self.studio.store.write() as cursor:
            races.find(cursor, self.number, name, detail)
            self._found = races.findings(cursor, self.number)

    def _end_part(self, parts: int = 1) -> None:
        self._done += parts
        self.job.progress(self._done, self._parts)

    def _inner(self) -> Job:
        return self.job.inner("race")
