"""The stages of a curriculum's round. Each can be begun again where it was broken off, and does nothing twice.

A run takes days and the app does not: it is restarted, paused, killed. So a stage trusts nothing that it remembers. It
asks the store what is there (which drafts, which revisions, which round) and does what is missing; what it writes down
itself (`made`) is only what nobody else knows, such as which instructions were drawn. One that has ended is not done
again, whatever people change afterwards: that belongs to the next round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citing_app.errors import CitingError, OverBudget
from citing_app.kinds import kind_of
from citing_app.kinds.source import ANSWERS, PAIRS, RUBRIC_ANSWERS, SAMPLES, Source
from citing_app.method.diff import changed_share
from citing_app.method.sampling import sample
from citing_app.rounds.files import read_json
from citing_app.running.jobs import Job
from citing_app.store import curricula, decisions, instructions, items, learnable, rounds, states
from citing_app.store.curricula import CurriculumRow
from citing_app.store.database import Cursor
from citing_app.types import Item
from citing_app.workflows.candidates import sampling
from citing_app.workflows.candidates.costs import tokens_of
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.curriculum import stopping
from citing_app.workflows.curriculum.judged import judged
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.stopping import Measured, reason_to_stop
from citing_app.workflows.desk import batches
from citing_app.workflows.drafts.drafting import draft_these
from citing_app.workflows.drafts.revising import revise
from citing_app.workflows.evaluation.figures import measuring
from citing_app.workflows.evaluation.test_sets import measurable
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.supervising import resume_round
from citing_app.workflows.students import model_name
from citing_app.workflows.studio import Studio

STAGES: Mapping[Source, tuple[str, ...]] = {
    PAIRS: ("sample", "draft", "revise", "decide", "train", "evaluate"),
    SAMPLES: ("sample", "candidates", "train", "evaluate"),
    ANSWERS: ("sample", "train", "evaluate"),
    RUBRIC_ANSWERS: ("sample", "train", "evaluate"),
}
"""The stages of a round by what its kind learns from."""
ROUND_0 = "sft"
"""The kind of the round that the paper's algorithm begins with (§3.1)."""
_POLL_SECONDS = 0.5
Detail = dict[str, Any]


def stages_of(kind: str) -> tuple[str, ...]:
    """The stages of a curriculum's round of this kind."""
    return STAGES[kind_of(kind).learns_from]


class Course:
    """One curriculum on its way: its settings, what its stages have made, and the job that reports."""

    def __init__(self, studio: Studio, number: int, row: CurriculumRow, job: Job) -> None:
        self.studio, self.number, self.job = studio, number, job
        self.settings = CurriculumSettings.from_json(row.settings)
        self.started_by = row.started_by
        job.is_timed = not self.settings.is_left_to_people
        # Decisions outlive a lost database, in the journal, and numbers begin anew: the time tells two curricula apart.
        self.stages = stages_of(self.settings.choices.kind)
        self._batches = f"{decisions.BY_RULE}{number}-{row.started_at.timestamp():.6f}"
        with studio.store.read() as cursor:
            self._made = {(s.round, s.stage): (s.is_done, s.detail) for s in curricula.stages(cursor, number)}

    def is_done(self, place: int, stage: str) -> bool:
        """Whether this stage of round `place` has ended."""
        return self._made.get((place, stage), (False, {}))[0]

    def made(self, place: int, stage: str) -> Detail:
        """What the stage has found and made so far."""
        return self._made.get((place, stage), (False, {}))[1]

    def do(self, place: int, stage: str) -> None:
        """Do the stage to its end. Raises Cancelled where it was stopped, CitingError where it cannot go on."""
        self.job.progress(self._fraction(place, stage), 1, self._label(place, stage))
        # Written when it begins too: pages show where a run stands, and a stage that never ended is begun again.
        self._write(place, stage, self.made(place, stage))
        work = getattr(self, f"_{stage}") if place else {"train": self._sft, "evaluate": self._evaluate}[stage]
        self._write(place, stage, work(place), is_done=True)

    def _sample(self, place: int) -> Detail:
        with self.studio.store.read() as cursor:
            answered = self.studio.teaches_answers or "draft" not in self.stages
            hashes = instructions.train_hashes(cursor, answered=answered)
        earlier = [self.made(before, "sample")["hashes"] for before in range(1, place)]
        settings = self.settings
        # Hashes, not ids: a database that is rebuilt from the journal numbers its rows anew, and the draw must stay.
        chosen = sample(hashes, settings.items, earlier, settings.sampling, settings.choices.seed)
        if not chosen:
            raise CitingError("There is no train instruction to take; import a data set first.")
        return {"hashes": chosen}

    def _draft(self, place: int) -> Detail:
        parent = self._parent(place)
        with self.studio.store.read() as cursor:
            ids = list(instructions.known_hashes(cursor, self.made(place, "sample")["hashes"]).values())
            # What this student has drafted already, before a pause or outside of the run, is its draft and is taken.
            missing = instructions.without_draft(cursor, model_name(self.studio, parent), len(ids), among=ids)
        draft_these(self.studio, missing, parent, self._inner())
        with self.studio.store.read() as cursor:
            drafted = items.get_many(cursor, items.of_author(cursor, model_name(self.studio, parent), ids))
        cost = tokens_of(self.studio, ((item.instruction, item.draft) for item in drafted))
        return {"items": [item.id for item in drafted], "cost": cost}

    def _candidates(self, place: int) -> Detail:
        settings, parent = self.settings, self._parent(place)
        chosen = {"round": parent, "reward": settings.choices.reward, "k": settings.k, "seed": settings.choices.seed}
        hashes = self.made(place, "sample")["hashes"]
        found = sampling.sample(self.studio, Sample.of(chosen), self._inner("sampling"), hashes)
        return {"candidates": found["candidates"], "cost": found["cost"]}

    def _revise(self, place: int) -> Detail:
        ids = self.made(place, "draft")["items"]
        revise(self.studio.store, self.studio.teachers, len(ids), self._inner(), ids)
        # Not this call's outcomes: a draft may have been revised before the curriculum, or before a pause.
        revised = sum(item.revision_id is not None for item in self._items(place))
        if not revised:
            raise CitingError("No draft of this round was revised; the Teacher page says why.")
        return {"revised": revised}

    def _decide(self, place: int) -> Detail:
        """Accept by the rule, then wait for people where anything is left for them."""
        waiting = [item for item in self._items(place) if item.state == "waiting"]
        accepted = [item.id for item in waiting if self._is_trusted(item)]
        if accepted:
            # The same request is the same batch: where the app died in the midst of it, nothing is accepted twice.
            request = f"{self._batches}-{place}"
            batches.accept_items(self.studio.store, self.studio.journal, accepted, self.started_by, request)
        waits_for_people = self.settings.decide == "people" or self.settings.rest == "people"
        ids = self.made(place, "draft")["items"]
        while waits_for_people and (left := self._undecided(ids)):
            if self.made(place, "decide") != {"left": left}:
                self._write(place, "decide", {"left": left})
            self.job.is_timed = False  # whatever the rule: where several people decide on an item, it waits for them
            people = f"{self._label(place, 'decide')}: {left} revisions wait for people"
            self.job.progress(self._fraction(place, "decide"), 1, people)
            self.job.cancelled.wait(_POLL_SECONDS)
        return {"accepted": self._count(ids).get("accepted", 0)}

    def _is_trusted(self, item: Item) -> bool:
        rule = self.settings.decide
        if rule == "small":
            return item.revision is not None and changed_share(item.draft, item.revision) <= self.settings.below
        category = item.sorted_category or (item.assignment and item.assignment.category)
        return rule == "all" or (rule == "trusted" and category in self.settings.trusted)

    def _train(self, place: int) -> Detail:
        if "draft" in self.stages:
            return self._trained_on_pairs(place)
        hashes = tuple(self.made(place, "sample")["hashes"])
        choices = self.settings.of_round(place, self._parent(place), instructions=hashes)
        return self._trained(place, self._within_budget(place, choices))

    def _trained_on_pairs(self, place: int) -> Detail:
        with self.studio.store.read() as cursor:
            decisions = learnable.decisions(cursor, self.made(place, "draft")["items"])
        if not decisions:
            raise CitingError(
                "Nothing of this round was accepted, so there is nothing to learn. Accept some of its revisions (undo "
                "what was decided), then continue; or cancel the curriculum."
            )
        # A new adapter begins at the base and so has all rounds' revisions to learn; one that carries on has the others
        # from its parent.
        is_new = self.settings.choices.adapter == "new"
        parent, among = (None, None) if is_new else (self._parent(place), tuple(decisions))
        choices = self.settings.of_round(place, parent, decisions=among)
        return self._trained(place, self._within_budget(place, choices), accepted=len(decisions))

    def _within_budget(self, place: int, choices: Choices) -> Choices:
        """The choices with what is left of the round's budget after what its student wrote."""
        if not self.settings.budget:
            return choices
        written = sum(self.made(place, stage).get("cost", 0) for stage in self.stages)
        left = self.settings.budget // self.settings.rounds - written
        if left <= 0:
            raise OverBudget(f"The student wrote for {written:,}, more than the round's budget; give a larger one.")
        return choices.model_copy(update={"budget": left})

    def _sft(self, place: int) -> Detail:
        chosen = self.settings.choices
        same = {name: getattr(chosen, name) for name in ("launcher", "seed", "validate_on")}
        return self._trained(place, Choices(kind=ROUND_0, **same))

    def _trained(self, place: int, choices: Choices, accepted: int | None = None) -> Detail:
        """Have the round trained, or follow the one that was started before a restart, until it has ended."""

        def begun(cursor: Cursor, new: int) -> None:
            self._put(cursor, place, "train", {"number": new})
            if accepted is not None:  # counted again: while it was paused people may have decided otherwise
                self._put(cursor, place, "decide", {"accepted": accepted}, is_done=True)

        # The trainer outlives the app: the first question is whether one is on its way, not whether to start one.
        number = self.made(place, "train").get("number")
        if number is None or self._state_of(number) in rounds.WITHOUT_ADAPTER:
            # Together with the round: one that only the round's own record knew would be trained beside another.
            number = self._resumed(number) or training.start_round(self.studio, choices, self.started_by, begun)
        while (state := self._state_of(number)) != "finished":
            if state in rounds.WITHOUT_ADAPTER and not self.studio.jobs.running(round_job(number)):
                raise self._reason(number)
            self._pause(place, "train")
        return {"number": number}

    def _reason(self, number: int) -> CitingError:
        """Why the round has no adapter."""
        error = read_json(directory_of(self.studio, number).error)
        if error and error["kind"] == "over_budget":
            return OverBudget(error["message"])
        return CitingError(f"Round {number} ended without an adapter; the Rounds page says why.")

    def _resumed(self, number: int | None) -> int | None:
        """The round that was lost or has failed, on its way again; None where it cannot be gone on with."""
        if number is None:
            return None
        try:
            resume_round(self.studio, number)
        except CitingError:  # it left no checkpoint, or another round learned its revisions since
            return None
        return number

    def _evaluate(self, place: int) -> Detail:
        # A data set that is named was looked at before the start; without a test split there is nothing to measure.
        settings = self.settings
        if not measurable(self.studio.store, settings.evaluate, settings.evaluate_items, settings.measured_part):
            return {}
        is_first, number = place == (0 if settings.sft else 1), self.made(place, "train")["number"]
        numbers = [*([None] if is_first else []), number]
        rows, job = settings.evaluate_items, self._inner("evaluating")
        found = measuring.evaluate(self.studio, numbers, settings.evaluate, rows, job, settings.measured_part)
        earlier = self.made(place - 1, "evaluate").get("figures", [])
        step = stopping.measured(self.studio.store, found, number, self._parent(place), earlier)
        # Kept here too: what is measured later, on more rows, changes a model's figures elsewhere.
        return {"figures": found["metrics"], "step": step and step.to_keep(), **self._judged(place)}

    @property
    def stopped(self) -> str | None:
        """Why the curriculum ends before its last round: it stops when it is worse, and it is; else None."""
        if not self.settings.stop_when_worse:
            return None
        steps = (self.made(place, "evaluate").get("step") for place in range(self.settings.rounds + 1))
        steps_measured = [Measured.kept(step) for step in steps if step]
        return reason_to_stop(steps_measured, self.settings.evaluate or "the test split")

    def _judged(self, place: int) -> Detail:
        before = self._parent(place) if place else None
        sft = self.made(0, "train").get("number")
        number = self.made(place, "train")["number"]
        return judged(self.studio, self.settings, number, before, sft, self._inner("comparing"))

    def _parent(self, place: int) -> int | None:
        """The number of the round whose student drafts: the one before; None for the base model.

        Of the first it is the SFT round, or what the curriculum was given to go on from.
        """
        number: int | None = self.made(place - 1, "train").get("number")
        return number

    def _items(self, place: int) -> list[Item]:
        with self.studio.store.read() as cursor:
            return items.get_many(cursor, self.made(place, "draft")["items"])

    def _state_of(self, number: int) -> str:
        with self.studio.store.read() as cursor:
            return rounds.state_of(cursor, number) or "lost"

    def _undecided(self, item_ids: list[int]) -> int:
        found = self._count(item_ids)
        return found.get("waiting", 0) + found.get("disputed", 0)

    def _count(self, item_ids: list[int]) -> dict[str, int]:
        with self.studio.store.read() as cursor:
            return states.count_among(cursor, item_ids)

    def _pause(self, place: int, stage: str) -> None:
        self.job.progress(self._fraction(place, stage), 1, self._label(place, stage))
        self.job.cancelled.wait(_POLL_SECONDS)

    def _inner(self, name: str = "curriculum") -> Job:
        """A job for a part of the work, cancelled with the whole."""
        return self.job.inner(name)

    def _label(self, place: int, stage: str) -> str:
        return f"round {place} of {self.settings.rounds}, {stage}"

    def _fraction(self, place: int, stage: str) -> float:
        stages, each = self.settings.rounds * len(self.stages) + 1, len(self.stages)
        return ((place - 1) * each + self.stages.index(stage) + 1) / stages if place else 0.5 / stages

    def _write(self, place: int, stage: str, detail: Detail, is_done: bool = False) -> None:
        with self.studio.store.write() as cursor:
            self._put(cursor, place, stage, detail, is_done)

    def _put(self, cursor: Cursor, place: int, stage: str, detail: Detail, is_done: bool = False) -> None:
        self._made[place, stage] = (is_done, detail)
        curricula.write_stage(cursor, self.number, place, stage, detail, is_done)
