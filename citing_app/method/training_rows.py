"""What a round teaches: accepted pairs as training rows (paper §3.2, equation 4, and the draft task beside it)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from citing_app.method.diff import changed_share, diff
from citing_app.method.prompts import TURN_FILES, draft_messages, prompt_hash, revise_messages, rubric_draft_messages
from citing_app.method.sampling import shuffled_place
from citing_app.types import Instruction, Message, Objective, Pair, Rubric, Task

CHANGED_WEIGHT = 3.0
"""How much more a token counts that the teacher changed, where those count more."""
_TEMPLATES = {"revise": "student_revision", "draft_with_rubric": "student_answer"}
"""The file of the prompt of each task; an instruction alone has none."""
TrainingRow = dict[str, Any]
"""{"prompt": [messages], "completion": [messages], "task": "draft" | "revise" | "draft_with_rubric"} and what it was
made from; see docs/rounds.md."""


def training_rows(pairs: Iterable[Pair], objective: Objective, weigh_changes: bool = False) -> list[TrainingRow]:
    """The rows of a round.

    `revise` is the paper's task, (instruction, rubric, draft) → revision; `draft` is instruction → revision;
    `both` is both, and the default: on a small student the paper's task alone made self-revisions worse.
    With `weigh_changes`, what the revision changes in the draft counts `CHANGED_WEIGHT` times.
    """
    return [row for pair in pairs for row in _rows(pair, objective, weigh_changes)]


def answer_rows(instructions: Iterable[Instruction]) -> list[TrainingRow]:
    """The draft task on reference answers: what SFT learns, and what validation loss is taken on."""
    return [
        _row(row.task, draft_messages(row.task), row.output, "draft") | {"instruction": row.hash}
        for row in instructions
    ]


def rubric_answer_rows(answers: Iterable[tuple[Instruction, Rubric | None]]) -> list[TrainingRow]:
    """As `answer_rows`, with each instruction's rubric in its prompt; a plain one where none fits, as in `revise`."""
    return [
        _row(row.task, rubric_draft_messages(row.task, rubric), row.output, "draft_with_rubric")
        | {"instruction": row.hash, **_named(rubric)}
        for row, rubric in answers
    ]


def by_edit_size(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs with the smallest edits first."""
    return sorted(pairs, key=lambda pair: changed_share(pair.draft, pair.revision))


def with_replay(
    rows: Sequence[TrainingRow], answers: Sequence[Instruction], share: float, seed: int
) -> list[TrainingRow]:
    """`rows` with `share` times as many rows on train answers spread evenly among them, against forgetting.

    Which answers is decided by `seed` and their content hashes alone.
    """
    wanted = min(len(answers), round(share * len(rows)))
    shuffled = sorted(answers, key=lambda row: shuffled_place(row.hash, seed))
    replayed = [row | {"replay": True} for row in answer_rows(shuffled[:wanted])]
    placed = [((n + 1) / (len(rows) + 1), row) for n, row in enumerate(rows)]
    placed += [((n + 0.5) / wanted, row) for n, row in enumerate(replayed)]
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]


def prompt_hashes(rows: Iterable[TrainingRow]) -> dict[str, str]:
    """The hashes of the templates that the rows were rendered with, by name."""
    found = list(rows)
    tasks = {row["task"] for row in found}
    names = [name for task, name in _TEMPLATES.items() if task in tasks]
    names += TURN_FILES if any("turns" in row for row in found) else ()
    return {name: prompt_hash(name) for name in names}


def message(text: str) -> list[Message]:
    """A text as an answer stands in a row."""
    return [{"role": "assistant", "content": text}]


def answers_of(row: TrainingRow) -> list[TrainingRow]:
    """The row's prompt with each of its answers: its completion, then its candidates or what is rejected."""
    others = [*row.get("candidates", ()), *([row["rejected"]] if "rejected" in row else ())]
    return [{"prompt": row["prompt"], "completion": answer} for answer in (row["completion"], *others)]


def changed_spans(draft: str, revision: str) -> list[tuple[int, int, float]]:
    """(start, end, weight) of the characters of `revision` that are not the draft's."""
    spans, position = [], 0
    for part in diff(draft, revision):
        end = position + len(part.after)
        if part.changed and part.after:
            spans.append((position, end, CHANGED_WEIGHT))
        position = end
    return spans


def _rows(pair: Pair, objective: Objective, weigh_changes: bool) -> Iterator[TrainingRow]:
    origin: TrainingRow = {"decision": pair.decision_id} if pair.decision_id else {}
    origin |= _named(pair.rubric)
    if weigh_changes:
        origin["weights"] = changed_spans(pair.draft, pair.revision)
    if objective in ("draft", "both"):
        yield _row(pair.task, draft_messages(pair.task), pair.revision, "draft") | origin
    if objective in ("revise", "both"):
        prompt = revise_messages(pair.task, pair.rubric, pair.draft)
        yield _row(pair.task, prompt, pair.revision, "revise") | origin


def _named(rubric: Rubric | None) -> TrainingRow:
    return {"rubric": [rubric.category, rubric.version]} if rubric else {}


def _row(asked: Task, prompt: list[Message], completion: str, task: str) -> TrainingRow:
    earlier = {"turns": len(asked.turns)} if asked.turns else {}
    return {"prompt": prompt, "completion": message(completion), "task": task, **earlier}
