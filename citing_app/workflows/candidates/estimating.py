"""What a sampling will take, before it starts: texts to write, and calls where a judge is the reward."""

from __future__ import annotations

from citing_app.method.prices import dollars
from citing_app.method.samples import fault
from citing_app.models.judge import BY_REFERENCE
from citing_app.store import answers, candidates
from citing_app.workflows.calls.spending import Estimate
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.rewards import Answered, Judged, judged_case, reward_of
from citing_app.workflows.candidates.sampling import planned, rows_of
from citing_app.workflows.evaluation.figures.answering import answerer
from citing_app.workflows.evaluation.judge.estimating import LONGEST, price_of
from citing_app.workflows.evaluation.judge.judging import Manner
from citing_app.workflows.studio import Studio


class SamplingEstimate(Estimate):
    """What sampling will take: calls of a judge that the ledger cannot answer, after `unwritten` texts were written.

    A text that is not there yet is taken to be as long as it can be, and to be unlike any other.
    """

    instructions: int
    unwritten: int


def estimate(studio: Studio, asked: Sample) -> SamplingEstimate:
    """What it will take; nothing is asked or written. Raises CitingError as `sample` does."""
    reward, who, rows = reward_of(studio, asked.reward), answerer(studio, asked.round), rows_of(studio, asked)
    wanted = planned(studio, who, rows, asked)
    with studio.store.read() as cursor:
        found = candidates.get(cursor, [one.candidate.key for one in wanted])
        drafts = answers.of_model(cursor, who.model.key, "draft", [row.hash for row in rows])
    unwritten = sum(one.candidate.key not in found for one in wanted)
    unwritten += sum(row.hash not in drafts for row in rows) if reward.compares else 0
    cases = []
    for one in wanted if isinstance(reward, Judged) else ():
        key, hash = one.candidate.key, one.instruction.hash
        written, rival = found.get(key), drafts.get(hash)
        if written is None or fault(written.text, written.is_cut, ()) is None:
            text, other = (
                _unlike(key) if written is None else written.text,
                _unlike(hash) if rival is None else rival.text,
            )
            cases.append(judged_case(Answered(one.instruction, text, (), other)))
    manner = Manner(reward.judge if isinstance(reward, Judged) else BY_REFERENCE)
    return {**price_of(studio.store, manner, cases), "instructions": len(rows), "unwritten": unwritten}


def told(one: SamplingEstimate) -> str:
    """The estimate in a line, for the command line."""
    price = "price unknown" if one["most"] is None else f"at most {dollars(one['most'])}"
    bought = f"{one['calls']:,} calls, {price}" if one["calls"] else "no calls to pay for"
    return f"{one['instructions']:,} instructions, {one['unwritten']:,} texts to write; {bought}."


def _unlike(key: str) -> str:
    return (key * LONGEST)[:LONGEST]
