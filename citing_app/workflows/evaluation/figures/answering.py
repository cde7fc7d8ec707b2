"""Answering: what a model has not answered yet it writes, and every text is stored as soon as it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.prompts import revise_messages, rubric_prompt_hash
from citing_app.models.names import student_identity
from citing_app.rounds.adapter import adapter_hash
from citing_app.store import answers
from citing_app.store.answers import Answer, Model
from citing_app.types import Instruction, Message, Rubric
from citing_app.workflows.draft_prompts import DraftPrompt, draft_prompts
from citing_app.workflows.evaluation.keys import answer_key, model_key
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.students import adapter_of, model_name
from citing_app.workflows.studio import Studio

MOST_TOKENS = 160
DECODING = f"greedy, at most {MOST_TOKENS} tokens"
_BATCH = 32


@dataclass(frozen=True)
class Answerer:
    """A model that can be asked: what it is known by, and the folder of its adapter (None: the base model).

    Only likelihoods are asked at another `strength` than 1; `at_strength` gives such a model its own key.
    """

    model: Model
    adapter: Path | None
    strength: float = 1.0

    def at_strength(self, strength: float) -> Answerer:
        """The same adapter, its change to the student multiplied by `strength`."""
        key = model_key(self.model.student, self.model.adapter_hash, strength)
        return replace(self, model=replace(self.model, key=key), strength=strength)


@dataclass(frozen=True)
class _Wanted:
    """An answer that still lacks its text, and the prompt that it answers."""

    answer: Answer
    prompt: list[Message]


def answerer(studio: Studio, number: int | None) -> Answerer:
    """The base model (None) or a round's, as it answers now. Raises CitingError for a round without an adapter."""
    adapter = adapter_of(studio, number)
    student = student_identity(studio.chosen.given, studio.settings.cache_dir)
    weights = None if adapter is None else adapter_hash(adapter)
    return Answerer(Model(model_key(student, weights), model_name(studio, number), student, weights, number), adapter)


def write_drafts(studio: Studio, who: Answerer, rows: Sequence[Instruction], steps: Steps) -> dict[str, Answer]:
    """The model's draft of each instruction, by its hash, written where it is missing.

    A prompt that the student cannot read has no answer; what is only thought is an empty one.
    """
    prompts = draft_prompts(studio.store, who.model.round, rows)
    return _answered(studio, who, [_draft(who, row, prompts[row.hash]) for row in rows], steps)


def write_self_revisions(
    studio: Studio,
    who: Answerer,
    rows: Sequence[Instruction],
    drafts: Mapping[str, Answer],
    rubric_of: Mapping[int, Rubric | None],
    steps: Steps,
) -> dict[str, Answer]:
    """The model's self-revision of each of these drafts, by instruction hash, written where it is missing."""
    wanted = [_self_revision(who, row, drafts[row.hash], rubric_of.get(row.id)) for row in rows if row.hash in drafts]
    return _answered(studio, who, wanted, steps)


def _draft(who: Answerer, row: Instruction, prompt: DraftPrompt) -> _Wanted:
    key = answer_key(who.model.key, row.hash, "draft", prompt.hash, DECODING, prompt.rubric)
    named = _named(prompt.rubric)
    answer = Answer(key, who.model.key, row.hash, "draft", "", prompt.hash, DECODING, None, *named)
    return _Wanted(answer, prompt.messages)


def _self_revision(who: Answerer, row: Instruction, draft: Answer, rubric: Rubric | None) -> _Wanted:
    prompt = rubric_prompt_hash("student_revision", rubric, row.task)
    key = answer_key(who.model.key, row.hash, "self-revision", prompt, DECODING, rubric, draft.text)
    named = _named(rubric)
    answer = Answer(key, who.model.key, row.hash, "self-revision", "", prompt, DECODING, draft.key, *named)
    return _Wanted(answer, revise_messages(row.task, rubric, draft.text))


def _named(rubric: Rubric | None) -> tuple[str | None, int | None]:
    return (rubric.category, rubric.version) if rubric else (None, None)


def _answered(studio: Studio, who: Answerer, wanted: Sequence[_Wanted], steps: Steps) -> dict[str, Answer]:
    keys = [one.answer.key for one in wanted]
    with studio.store.read() as cursor:
        there = answers.get(cursor, keys)
    missing = [one for one in wanted if one.answer.key not in there]
    missing.sort(key=lambda one: sum(len(message["content"]) for message in one.prompt))
    for start in range(0, len(missing), _BATCH):
        with studio.device.turn("bulk", "evaluating", steps.job.cancelled):
            for answer in _written(studio, who, missing[start : start + _BATCH], steps.part(start, len(missing))):
                with studio.store.write() as cursor:
                    steps.written += answers.add(cursor, [answer])
    steps.end()
    with studio.store.read() as cursor:  # as they are kept: another evaluation may have been first
        return {one.instruction_hash: one for one in answers.get(cursor, keys).values()}


def _written(studio: Studio, who: Answerer, batch: Sequence[_Wanted], steps: Steps) -> Iterator[Answer]:
    """The answers of one batch as they end."""

    def started(weights: str | None) -> None:
        if weights != who.model.adapter_hash:
            raise CitingError(f"The adapter of {who.model.name} changed while it answered; evaluate it again.")

    only_thought: list[int] = []
    texts = studio.student.complete(
        [one.prompt for one in batch],
        adapter=who.adapter,
        max_new_tokens=MOST_TOKENS,
        batch_size=_BATCH,
        on_started=started,
        on_writing=steps.tell,
        on_only_thought=only_thought.append,
        cancelled=steps.job.cancelled.is_set,
    )
    yield from (replace(batch[index].answer, text=text) for index, text in texts)
    yield from (batch[index].answer for index in only_thought)
