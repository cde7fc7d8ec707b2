"""Sampling: a student answers each instruction several times, and each text is stored as soon as it ends, then scored.

Of what is there already nothing is written or scored again: a sampling that was cancelled or killed goes on where it
stopped, when it is asked for again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.method.identity import exact_hash, task_hash
from citing_app.method.prompts import task_text
from citing_app.method.samples import Fault, SampleFigures, Samples, Scored, fault, sample_figures, sample_rows
from citing_app.method.sampling import sample as chosen
from citing_app.method.thoughts import parted
from citing_app.models.student import Finished, GenerationRequest, Started, Writing
from citing_app.running.jobs import Job
from citing_app.store import accepted_answers, answers, candidates, instructions, learnable, rounds
from citing_app.store.candidates import Candidate, Score
from citing_app.store.database import Cursor
from citing_app.types import Instruction
from citing_app.workflows.candidates.costs import tokens_of
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.rewards import Answered, Reward, needs, reward_of
from citing_app.workflows.draft_prompts import DraftPrompt, draft_prompts
from citing_app.workflows.evaluation.figures.answering import MOST_TOKENS, Answerer, answerer, write_drafts
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.job_names import SAMPLE_JOB
from citing_app.workflows.lasting import start_lasting
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio

TEMPERATURE = 0.85
DECODING = f"temperature {TEMPERATURE}, at most {MOST_TOKENS} tokens"
_BATCH = 32


class Sampled(TypedDict):
    """What a sampling has: candidates `written` now and in all, those `set_aside` by reason, and the scored ones.

    `unread` are candidates whose prompts the student could not take. `cost` is that of all of them and of scoring them,
    whenever they were written (candidates/costs.py). `figures` are of the best candidates, which a
    round of the kind raft learns; None where nothing was scored.
    """

    written: int
    candidates: int
    unread: int
    set_aside: dict[Fault, int]
    figures: SampleFigures | None
    cost: int


@dataclass(frozen=True)
class Wanted:
    """A candidate that may still lack its text, the instruction that it answers, and how that is asked."""

    candidate: Candidate
    instruction: Instruction
    prompt: DraftPrompt


def sample(studio: Studio, asked: Sample, job: Job, hashes: Sequence[str] | None = None) -> Sampled:
    """Candidates of train instructions with reference answers, those that the student has not learned first; scored.

    With `hashes`, of these instructions alone. Raises CitingError where there are no such instructions, and for a round
    without an adapter.
    """
    reward = reward_of(studio, asked.reward)
    who = answerer(studio, asked.round)
    rows = rows_of(studio, asked, hashes)
    wanted = planned(studio, who, rows, asked)
    written = _write(studio, who, wanted, job)
    rivals = _rivals(studio, who, rows, job) if reward.compares else {}
    with studio.store.read() as cursor:
        found = candidates.get(cursor, [one.candidate.key for one in wanted])
        accepted = accepted_answers.accepted(cursor, [row.hash for row in rows])
    texts = {
        key: Answered(one.instruction, found[key].text, accepted.get(hash, ()), rivals.get(hash, ""))
        for one in wanted
        if (key := one.candidate.key) in found and (hash := one.instruction.hash)
    }
    faults = {key: fault(one.text, found[key].is_cut, one.accepted) for key, one in texts.items()}
    sound = {key: one for key, one in texts.items() if faults[key] is None}
    scores = _score(studio, reward, sound, job)
    return {
        "written": written,
        "candidates": len(found),
        "unread": len(wanted) - len(found),
        "set_aside": dict(Counter(why for why in faults.values() if why)),
        "figures": sample_figures(sample_rows(_samples(reward.name, texts, scores))),
        "cost": _tokens(studio, texts) + reward.reads * _tokens(studio, sound),
    }


def start_sampling(studio: Studio, asked: Sample) -> None:
    """Sample in the background. Raises CitingError as `sample` does, at once."""
    reward_of(studio, asked.reward)
    adapter_of(studio, asked.round)
    rows_of(studio, asked)
    rounds_used = [*([] if asked.round is None else [asked.round]), *needs(asked.reward)]

    def work(job: Job) -> str:
        return summary(sample(studio, asked, job))

    start_lasting(studio, SAMPLE_JOB, "Sampling candidates", asked, work, needs=rounds_used)


def summary(found: Sampled) -> str:
    """A sampling in one line."""
    parts = [f"{found['written']:,} candidates written, {found['candidates']:,} in all"]
    parts += [f"{found['unread']:,} prompts were too long"] if found["unread"] else []
    aside = found["set_aside"]
    says: dict[Fault, str] = {
        "empty": f"{aside.get('empty', 0):,} empty or only thought",
        "cut": f"{aside.get('cut', 0):,} cut off",
        "long": f"{aside.get('long', 0):,} more than twice as long as the longest accepted answer",
    }
    parts += [says[why] for why in aside]
    if figures := found["figures"]:
        parts += [
            f"mean reward {figures['reward_all']:.3f}, of the best {figures['reward_best']:.3f}",
            f"the best have {figures['length']:.0f} words and a distinct-2 of {figures['distinct_2']:.2f} each, "
            f"{figures['distinct_2_together']:.2f} together",
        ]
    return " · ".join(parts)


def rows_of(studio: Studio, asked: Sample, hashes: Sequence[str] | None = None) -> list[Instruction]:
    """Which instructions are answered: the same ones for the same seed, until the student has learned any of them.

    With `hashes` it is these.
    """
    with studio.store.read() as cursor:
        if hashes is None:
            hashes = _accepted(cursor, asked) if asked.accepted else _answered(cursor, asked)
        found = instructions.by_hash(cursor, hashes)
    if not found and asked.accepted:
        raise CitingError("Nothing is accepted and not yet trained: accept some revisions on the review page first.")
    if not found:
        raise CitingError("There are no train answers: import a data set that has some.")
    return found


def _accepted(cursor: Cursor, asked: Sample) -> list[str]:
    """The instructions (hashes) of accepted revisions, those first that a round would learn first."""
    pairs = learnable.pairs(cursor, asked.items)
    return list(dict.fromkeys(task_hash(one.task) for one in pairs))


def _answered(cursor: Cursor, asked: Sample) -> list[str]:
    hashes = instructions.train_hashes(cursor, answered=True)
    learned = rounds.learned_hashes(cursor, [] if asked.round is None else [asked.round])
    return chosen(hashes, asked.items, [learned], "fresh", asked.seed)


def planned(studio: Studio, who: Answerer, rows: Sequence[Instruction], asked: Sample) -> list[Wanted]:
    """All candidates that are asked for, whether they are written or not."""
    prompts = draft_prompts(studio.store, asked.round, rows)
    numbers = range(1, asked.k + 1)
    return [_wanted(who, row, prompts[row.hash], asked.seed, number) for row in rows for number in numbers]


def _rivals(studio: Studio, who: Answerer, rows: Sequence[Instruction], job: Job) -> dict[str, str]:
    """The student's greedy drafts, by instruction: as evaluations keep them, so each is written once."""
    with studio.store.write() as cursor:
        answers.add_model(cursor, who.model)
    return {hash: one.text for hash, one in write_drafts(studio, who, rows, Steps(job, 1)).items()}


def _wanted(who: Answerer, row: Instruction, prompt: DraftPrompt, seed: int, number: int) -> Wanted:
    model, rubric = who.model, prompt.rubric
    named = (rubric.category, str(rubric.version)) if rubric else ()
    key = exact_hash(model.key, row.hash, prompt.hash, DECODING, str(seed), str(number), *named)
    candidate = Candidate(key, model.key, model.adapter_hash, row.hash, prompt.hash, DECODING, seed, number)
    return Wanted(candidate, row, prompt)


def _write(studio: Studio, who: Answerer, wanted: Sequence[Wanted], job: Job) -> int:
    """Have those written that are missing, batch by batch, prompts of like length together; how many were new."""
    with studio.store.read() as cursor:
        there = candidates.get(cursor, [one.candidate.key for one in wanted])
    missing = [one for one in wanted if one.candidate.key not in there]
    missing.sort(key=lambda one: len(task_text(one.instruction.task)))
    written = 0
    for start in range(0, len(missing), _BATCH):
        job.progress(start, len(missing), f"sampling {len(missing)} candidates")
        with studio.device.turn("bulk", "sampling", job.cancelled):
            for candidate in _drawn(studio, who, missing[start : start + _BATCH], job, start, len(missing)):
                with studio.store.write() as cursor:
                    written += candidates.add(cursor, [candidate])
    return written


def _drawn(
    studio: Studio, who: Answerer, batch: Sequence[Wanted], job: Job, start: int, total: int
) -> Iterator[Candidate]:
    """The candidates of one batch as they end."""
    request = GenerationRequest(
        prompts=tuple(tuple(one.prompt.messages) for one in batch),
        adapter=who.adapter,
        max_new_tokens=MOST_TOKENS,
        temperature=TEMPERATURE,
        seeds=tuple(_drawn_by(one.candidate) for one in batch),
        batch_size=_BATCH,
    )
    for event in studio.student.generate(request, job.cancelled.is_set):
        if isinstance(event, Started) and event.adapter_hash != who.model.adapter_hash:
            raise CitingError(f"The adapter of {who.model.name} changed while it answered; sample again.")
        if isinstance(event, Finished):
            one = batch[event.index]
            topic = task_text(one.instruction.task)
            yield replace(one.candidate, text=parted(event.text, topic=topic).answer, is_cut=event.is_cut)
        elif isinstance(event, Writing):
            job.progress(start + event.answers, total)


def _drawn_by(candidate: Candidate) -> int:
    """The seed of this one text. It is the same for every model, so that their candidates compare more closely."""
    return int(exact_hash(str(candidate.seed), candidate.instruction_hash, str(candidate.number))[:7], 16)


def _score(studio: Studio, reward: Reward, texts: Mapping[str, Answered], job: Job) -> dict[str, float]:
    """What the reward says of these texts (by key), asked where it has not said it."""
    bases = {key: reward.basis(one) for key, one in texts.items()}
    with studio.store.read() as cursor:
        known = candidates.known_scores(cursor, reward.name, list(texts))
    missing = [key for key in texts if (key, bases[key]) not in known]
    for start in range(0, len(missing), reward.at_once):
        job.progress(start, len(missing), f"scoring {len(missing)} candidates")
        keys = missing[start : start + reward.at_once]

        def keep(values: Mapping[int, float], keys: Sequence[str] = keys) -> None:
            finite = {keys[at]: one for at, one in values.items() if math.isfinite(one)}  # a broken adapter's is not
            with studio.store.write() as cursor:
                candidates.add_scores(cursor, [Score(key, reward.name, bases[key], one) for key, one in finite.items()])
            known.update({(key, bases[key]): one for key, one in finite.items()})

        with studio.device.turn("bulk", "sampling", job.cancelled) if reward.asks_student else nullcontext():
            reward.score([texts[key] for key in keys], job, keep)
    return {key: known[key, bases[key]] for key in texts if (key, bases[key]) in known}


def _tokens(studio: Studio, texts: Mapping[str, Answered]) -> int:
    return tokens_of(studio, ((one.instruction, one.text) for one in texts.values()))


def _samples(reward: str, texts: Mapping[str, Answered], scores: Mapping[str, float]) -> list[Samples]:
    """The scored texts, by the instructions that they answer."""
    grouped: dict[str, list[str]] = {}
    for key in scores:
        grouped.setdefault(texts[key].instruction.hash, []).append(key)
    return [
        Samples(texts[keys[0]].instruction, reward, [Scored(texts[key].text, scores[key]) for key in keys])
        for keys in grouped.values()
    ]
