"""Judging: a model is asked which of two answers is better, and its reply is read to the letter.

The aspects are the paper's (§4.1): articulate, in-depth and comprehensive; `overall` is asked beside them. The reasons
come first, since what a model writes first guides what it writes next. A judge may prefer a place rather than an answer
(Zheng et al. 2023, arXiv 2306.05685), so whoever asks does so in both orders (method/evaluation/comparisons.py).

Without a model there is the judge by reference: the answer that is closer to an accepted answer is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from citing_app.method.fence import fenced_task
from citing_app.method.metrics import best, exact_match, rouge_l, token_f1
from citing_app.method.prompts import prompt_hash, render, rubric_text
from citing_app.method.replies import Unusable, field_of, json_object
from citing_app.types import Message, Rubric, Task

Aspect = Literal["overall", "articulate", "in_depth", "comprehensive"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
Side = Literal["left", "right", "tie"]
Closeness = Literal["rouge_l", "token_f1", "exact_match"]
MAX_TOKENS = 2048
"""The most that a judge may write, thoughts included; reasoning judges need 1,024 at least."""
_SIDES: dict[str, Side] = {"A": "left", "B": "right", "tie": "tie"}
_WRITTEN: tuple[Aspect, ...] = ("articulate", "in_depth", "comprehensive", "overall")
_CLOSENESS = {"rouge_l": rouge_l, "token_f1": token_f1, "exact_match": exact_match}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasons": {"type": "string"},
        **{aspect: {"type": "string", "enum": list(_SIDES)} for aspect in _WRITTEN},
    },
    "required": ["reasons", *_WRITTEN],
    "additionalProperties": False,
}
"""What a reply must be, for servers with structured output, which write the fields in this order."""


@dataclass(frozen=True)
class JudgeTask:
    """Two answers to one instruction, `left` shown as A; the judge also sees a reference and a rubric where given."""

    task: Task
    left: str
    right: str
    reference: str | None = None
    rubric: Rubric | None = None


@dataclass(frozen=True)
class Judgement:
    """What a judge said of two answers: its reasons, then the better side for each aspect."""

    reasons: str
    sides: Mapping[Aspect, Side]


def judge_messages(task: JudgeTask) -> tuple[Message, ...]:
    """The prompt for one order of the two answers."""
    texts = {"answer_A": task.left, "answer_B": task.right}
    guidance = []
    if task.reference is not None:
        texts["reference"] = task.reference
        guidance.append(render("judge_reference"))
    if task.rubric is not None:
        texts["rubric"] = rubric_text(task.rubric)
        guidance.append(render("judge_rubric"))
    fields = fenced_task(task.task, texts)
    order = ("instruction", "input", "reference", "rubric", "answer_A", "answer_B")
    material = "\n".join(fields[name] for name in order if name in fields)
    content = render("judge", mark=fields["mark"], material=material, guidance="".join(guidance))
    return ({"role": "user", "content": content},)


def judge_prompt_hash(with_reference: bool, with_rubric: bool) -> str:
    """The hash of all prompt files that these choices use."""
    parts = [*(["judge_reference"] if with_reference else []), *(["judge_rubric"] if with_rubric else [])]
    return prompt_hash("judge", *parts)


def read_judgement(reply: str) -> Judgement:
    """The judgement in a reply. Raises Unusable unless each aspect is exactly `A`, `B` or `tie`: nothing is guessed."""
    value = json_object(reply)
    return Judgement(field_of(value, "reasons", str).strip(), {aspect: _side(value, aspect) for aspect in ASPECTS})


def closer_side(left: str, right: str, accepted: Sequence[str], closeness: Closeness = "rouge_l") -> Side:
    """The side whose answer is closer to an accepted one, the best over all of them; a tie where both are as close."""
    one, other = (best(_CLOSENESS[closeness], text, accepted) for text in (left, right))
    return "tie" if one == other else "left" if one > other else "right"


def _side(value: Mapping[str, Any], aspect: Aspect) -> Side:
    said = value.get(aspect)
    side = _SIDES.get(said.strip()) if isinstance(said, str) else None
    if side is None:
        raise Unusable(f"“{aspect}” is neither “A” nor “B” nor “tie”.")
    return side
