"""A row into an example: what it asks and answers, its draft and revision, and what else it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from citing_app.errors import CitingError
from citing_app.method import thoughts
from citing_app.method.diff import changed_share
from citing_app.types import Edit, Example
from citing_app.workflows.data import own
from citing_app.workflows.data.asking import Asked, answer_of, asked
from citing_app.workflows.data.columns import is_marked_bad, references
from citing_app.workflows.data.fields import DROPPED, Fields, unpacked
from citing_app.workflows.data.metadata import metadata, row_id, shows_pictures
from citing_app.workflows.data.raw import NO_OBJECT, Raw, plain_name
from citing_app.workflows.data.values import is_missing, parsed, text

MOST_EDITED = 0.5
"""Of a preference's two answers: where more of the text than this differs, the better one is no edit of the other."""
_TAGS = (
    *("think", "thought", "reasoning", "scratchpad", "channel", "◁", "unused9", "of_solution", "start_response"),
    "assistantfinal",
)
_HALF_A_PAIR = "a draft and a revision come together: one of them is missing"
REJECTED, CHOSEN, SECOND_ANSWER = "rejected", "chosen", "second answer"
"""Who wrote a preference's answers, where they come in as a draft and its revision."""


@dataclass(frozen=True)
class How:
    """How rows are read: `columns` says by their plain names what columns become (`fields.Fields`), and with `pairs`
    the two answers of a preference are a draft and its revision."""

    columns: Mapping[str, str] = field(default_factory=dict)
    pairs: bool = False


@dataclass(frozen=True)
class Reading:
    """A row as it was read: the `shape` it has, what each column became, and what of it is left out."""

    example: Example
    shape: str
    roles: Mapping[str, str]
    left_out: frozenset[str]


def tasks(raw: Raw) -> list[Raw]:
    """The row once for each of its `instances` (self-instruct): inputs and answers of one instruction."""
    name, given = _instances(raw)
    return [{**raw, name: [one]} for one in given] if isinstance(raw, dict) and given else [raw]


def to_example(raw: Raw, how: How | None = None) -> Example:
    """One row as an example. Raises CitingError with the reason where it cannot be one."""
    return read(raw, how or How()).example


def read(raw: Raw, how: How) -> Reading:
    """One row as it is read. Raises CitingError with the reason where it cannot be an example."""
    if isinstance(raw, dict) and own.is_exported(raw) and not how.columns:
        return Reading(own.to_example(raw), own.SHAPE, own.roles(raw), frozenset())
    fields = _fields(raw, how)
    found = asked(fields)
    if not found.task.instruction.strip():
        raise CitingError("the instruction is empty")
    if found.answer and is_marked_bad(fields):
        raise CitingError("its answer is marked as a bad one (label: false)")
    example = _without_thoughts(raw_example := _example(fields, found, how))
    left_out = found.left_out | ({"thoughts"} if example != raw_example else set())
    if shows_pictures(fields):
        left_out |= {"images"}
    kept, unread = metadata(fields, _dropped(how))
    if kept or unread:
        example = replace(example, metadata=kept, unread=unread)
    shape = found.question if found.answered_in is None else f"{found.question} → {found.answered_in}"
    return Reading(example, shape, fields.roles(), left_out)


def _example(fields: Fields, found: Asked, how: How) -> Example:
    draft, revision = fields.text("draft"), fields.text("revision")
    has_pair = bool(draft.strip() or revision.strip())
    if has_pair and (is_missing(fields.peek("draft")) or not revision.strip()):  # a student's draft may be empty
        raise CitingError(_HALF_A_PAIR)
    example = Example(
        instruction=found.task.instruction,
        input=found.task.input,
        turns=found.task.turns,
        output=found.answer,
        references=references(fields, found.answer),
        category=_sorted_category(fields),
        draft=draft if has_pair else None,
        revision=revision if has_pair else None,
        edits=_edits(fields, draft, revision),
        draft_author=fields.text("draft_author") or fields.text("draft_model") or None,
        revision_author=fields.text("revision_author") or fields.text("revision_model") or None,
        row_id=row_id(fields),
    )
    return _preferred(fields, found, example) if how.pairs and not has_pair else example


def _preferred(fields: Fields, found: Asked, example: Example) -> Example:
    """The example with the worse answer as its draft and the better one as its revision, where the row has both."""
    is_answer = found.answered_in == "chosen"
    revision = found.answer if is_answer else answer_of(fields, "chosen", "revision")
    draft = answer_of(fields, "rejected", "draft")
    if not draft.strip() or not revision.strip():
        return example
    fields.becomes("chosen", "revision")
    share = changed_share(*_plain_pair(draft, revision, example))
    return replace(
        example,
        output="" if is_answer else example.output,
        references=() if is_answer else example.references,
        draft=draft,
        revision=revision,
        draft_author=example.draft_author or REJECTED,
        revision_author=example.revision_author or (CHOSEN if share <= MOST_EDITED else SECOND_ANSWER),
    )


def _without_thoughts(example: Example) -> Example:
    """The example with what a model thought taken off its answers, its draft and its revision.

    Edits are of a draft and a revision as they came, so these stay then. Raises CitingError for a revision that is
    nothing but a thought.
    """
    topic = _topic(example)
    others = (_plain(answer, topic) for answer in example.references)
    example = replace(example, output=_plain(example.output, topic), references=tuple(filter(str.strip, others)))
    if not example.revision or example.edits:
        return example
    draft, revision = _plain_pair(example.draft or "", example.revision, example)
    if not revision.strip():
        raise CitingError(_HALF_A_PAIR)
    return replace(example, draft=draft, revision=revision)


def _plain_pair(draft: str, revision: str, example: Example) -> tuple[str, str]:
    """A draft and its revision without what a model thought before them."""
    draft = _plain(draft, _topic(example))
    return draft, _plain(revision, _topic(example), draft)


def _topic(example: Example) -> str:
    return f"{example.instruction}\n{example.input}"


def _plain(answer: str, topic: str, draft: str = "") -> str:
    """An answer, in place of this draft, without what a model thought before it."""
    if not any(tag in answer.lower() for tag in _TAGS):  # parting a text is slow
        return answer
    return thoughts.parted(answer, draft, topic).answer


def _dropped(how: How) -> Collection[str]:
    return how.columns and frozenset(name for name, target in how.columns.items() if target == DROPPED)


def _fields(raw: Raw, how: How) -> Fields:
    """The row's columns; those of its instance, where it has one, before its own."""
    if isinstance(raw, str):
        raise CitingError(raw)
    if not isinstance(raw, dict):
        raise CitingError(NO_OBJECT)
    _, given = _instances(raw)
    fields = Fields([*(given[0].items() if given else ()), *raw.items()], how.columns)
    if given:
        fields.take("instances", "input, output")
    return fields


def _instances(raw: Raw) -> tuple[str, list[dict[str, Any]]]:
    """The name of the column with instances, and what it holds where that is a list of objects."""
    if not isinstance(raw, dict):
        return "", []
    name = next((name for name in raw if plain_name(name) == "instances"), "")
    given = unpacked(raw.get(name), "instances")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return name, []
    return name, given


def _sorted_category(fields: Fields) -> str | None:
    """The category somebody sorted the row into. An export names the one whose rubric was used, which may only have
    been assigned, and gives the rubric's version: coming back must not make the row a member."""
    return None if fields.text("rubric_version") else fields.text("category") or None


def _edits(fields: Fields, draft: str, revision: str) -> tuple[Edit, ...]:
    """The row's edits, once applying them to the draft has given the revision."""
    given = fields.take("edits")
    if not given:
        return ()
    if isinstance(given, str):
        given = parsed(given, "edits is not a list")
    if not isinstance(given, list) or not all(isinstance(edit, dict) for edit in given):
        raise CitingError("edits is not a list of objects with before and after")
    edits = tuple(_edit(edit) for edit in given)
    if applied(draft, edits) != revision:
        raise CitingError("applying the edits to the draft does not give the revision")
    return edits


def _edit(given: dict[str, Any]) -> Edit:
    before, after, criterion = (text(given.get(name), name) for name in ("before", "after", "criterion"))
    return Edit(before, after, criterion or None)


def applied(draft: str, edits: tuple[Edit, ...]) -> str | None:
    """The draft after the edits, applied left to right; None where one of them does not occur."""
    done, rest = "", draft
    for edit in edits:
        head, found, rest = rest.partition(edit.before) if edit.before else ("", "", "")
        if not found:
            return None
        done += head + edit.after
    return done + rest
