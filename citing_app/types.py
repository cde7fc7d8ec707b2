"""The domain's words as dataclasses (docs/words.md). This module imports nothing of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Split = Literal["train", "validation", "test"]
ItemState = Literal["drafted", "waiting", "disputed", "accepted", "rejected", "held_out"]
DecisionKind = Literal["accept", "edit", "reject", "skip", "undo"]
Objective = Literal["revise", "draft", "both"]
Role = Literal["annotator", "owner"]
Speaker = Literal["system", "user", "assistant", "tool"]
Message = dict[str, str]
"""One chat message: {"role": "user" | "assistant" | "system", "content": text}."""


@dataclass(frozen=True)
class Person:
    """Whoever works with the studio: annotators decide; owners also train, import and export."""

    name: str
    role: Role

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric: what a good answer does and what a bad one does."""

    name: str
    good: str
    bad: str


@dataclass(frozen=True)
class Rubric:
    """A category's criteria at one version. `author` is who wrote the version."""

    category: str
    criteria: tuple[Criterion, ...]
    version: int = 1
    author: str = "bundled"


@dataclass(frozen=True)
class Edit:
    """One change from a draft to a revision, applied left to right, and the criterion it serves (None: unknown)."""

    before: str
    after: str
    criterion: str | None = None


@dataclass(frozen=True)
class Turn:
    """One message of the conversation before a question, as a chat message has it."""

    role: Speaker
    content: str


@dataclass(frozen=True)
class Task:
    """What is asked: an instruction, the input it is about, and the turns of the conversation before it."""

    instruction: str
    input: str = ""
    turns: tuple[Turn, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All its texts, as they are read."""
        return (*(turn.content for turn in self.turns), self.instruction, self.input)


@dataclass(frozen=True, slots=True)
class Example:
    """One row to import. `draft` and `revision` come together or not at all.

    `references` are the accepted answers besides `output`, without it and without blank ones.
    `is_accepted_answer`: `output` is an answer that somebody accepted, which an own export brings back; it does not
    become the reference answer of an instruction that is known. `unread` are the row's columns that held something
    which was not read. `turns` is the conversation before the instruction, `row_id` what the row calls itself, and
    `metadata` holds its other columns by their names, as JSON has them.
    """

    instruction: str
    input: str = ""
    output: str = ""
    references: tuple[str, ...] = ()
    category: str | None = None
    draft: str | None = None
    revision: str | None = None
    edits: tuple[Edit, ...] = ()
    draft_author: str | None = None
    revision_author: str | None = None
    is_accepted_answer: bool = False
    unread: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    row_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        return Task(self.instruction, self.input, self.turns)


@dataclass(frozen=True)
class Instruction:
    """A stored task. `hash` is the content hash that fixes its split for ever."""

    id: int
    hash: str
    text: str
    input: str
    output: str
    dataset: str
    split: Split
    turns: tuple[Turn, ...] = ()

    @property
    def task(self) -> Task:
        return Task(self.text, self.input, self.turns)


@dataclass(frozen=True)
class Assignment:
    """The category given to an instruction (paper §3.1).

    `category` is None where the best similarity lies below the floor: no rubric matches; `nearest` is the best one
    all the same. `similarity` and `runner_up_similarity` are mean inner products of unit vectors, in [-1, 1].
    """

    category: str | None
    similarity: float
    runner_up: str | None
    runner_up_similarity: float
    nearest: str | None = None


@dataclass(frozen=True)
class Revision:
    """One rewrite of a draft, by a teacher or whoever an import names."""

    id: int
    text: str
    author: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Item:
    """What the desk shows: one draft of one instruction, with a revision and its present state.

    The revision is the newest, or the one that the decision which counts was made on; `others` are the newest of each
    other teacher. `slots` is how many people are wanted, `deciders` whose verdicts stand. `final_text` and `decided_by`
    are those of the decision that counts, in an item that is accepted or rejected. `written_against` is the category
    and the version of the rubric that the revision was written against, where that is known, and `is_outdated` says
    that the category now has other criteria. `rationale` is what the teacher says of criteria, by name. `sent_to` are
    those to whom an owner sent the item back and who have not decided it anew.
    """

    id: int
    version: int
    state: ItemState
    instruction: Instruction
    assignment: Assignment | None
    sorted_category: str | None
    rubric: Rubric | None
    draft: str
    draft_author: str
    draft_round: int | None
    revision_id: int | None
    revision: str | None
    revision_author: str | None
    edits: tuple[Edit, ...]
    others: tuple[Revision, ...]
    slots: int
    deciders: tuple[str, ...]
    final_text: str | None
    decided_by: str | None
    decided_at: datetime | None
    written_against: tuple[str, int] | None
    is_outdated: bool
    rationale: Mapping[str, str]
    sent_to: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether it waits with a revision that was written against other criteria than its category now has."""
        return self.is_outdated and self.state == "waiting"


@dataclass(frozen=True)
class Decision:
    """One person's decision on one version of one item; never changed or deleted.

    `kept_hunks` numbers the revision's edits that were kept, from 1 (None: all of them). `criteria` is, by edit, what
    the person says it serves. `settles` marks a decision on a disputed item. `changed` is the share of the revision
    that `final_text` changes, in [0, 1], and `seconds` how long the person looked. `note` is why they decided so. An
    undo by another person than the one who made the decision that it `undoes` sends the item back to that one.
    """

    id: str
    request_id: str
    item_id: int
    revision_id: int
    version: int
    kind: DecisionKind
    final_text: str | None
    annotator: str
    at: datetime
    undoes: str | None = None
    kept_hunks: tuple[int, ...] | None = None
    batch: str | None = None
    settles: bool = False
    criteria: Mapping[int, str] = field(default_factory=dict)
    changed: float | None = None
    seconds: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class Filter:
    """Which items to browse: those that pass every part given. None and empty parts let all pass.

    `category` "" means that no rubric matches. `round` 0 means drafts of the base model and imported ones. `annotator`
    is one whose verdict stands. The bounds of `similarity` and `edit_size` are inclusive. `text` is looked for in
    earlier turns, instruction, input, draft, revision and edited text, in any case of letters. `stale` lets only those
    pass that wait with a revision written against other criteria than their category now has. `curriculum` lets the
    drafts of that curriculum's newest round pass. `row_id` is what the row was called in its file; `metadata_key` names
    another of its columns, which holds `metadata_value` (as text), or with None anything. `note` is looked for in the
    notes on the item's decisions; "" means any note. `items` are the numbers of items, of which alone some may pass.
    """

    states: tuple[ItemState, ...] = ()
    category: str | None = None
    round: int | None = None
    teacher: str | None = None
    annotator: str | None = None
    dataset: str | None = None
    criterion: str | None = None
    similarity: tuple[float | None, float | None] = (None, None)
    edit_size: tuple[float | None, float | None] = (None, None)
    text: str = ""
    stale: bool = False
    curriculum: int | None = None
    note: str | None = None
    row_id: str | None = None
    metadata_key: str | None = None
    metadata_value: str | None = None
    items: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pair:
    """One accepted revision, ready to be learned: the decision that made it and its texts.

    `revision` is the text that was accepted, `proposed` the revision that was decided on: another one where a person
    edited it or dropped some of its hunks. `edits` are those that its author stated, `kept_hunks` the numbers of those
    that were kept (None: all). `criteria` is, by the number of a hunk, what the person says it serves. `sampled` are
    other texts of a student, with what a reward says that each is worth.
    """

    decision_id: str
    item_id: int
    instruction: str
    input: str
    draft: str
    revision: str
    rubric: Rubric | None
    split: Split
    proposed: str = ""
    edits: tuple[Edit, ...] = ()
    kept_hunks: tuple[int, ...] | None = None
    criteria: Mapping[int, str] = field(default_factory=dict)
    sampled: Mapping[str, float] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()

    @property
    def task(self) -> Task:
        return Task(self.instruction, self.input, self.turns)


@dataclass(frozen=True)
class Rejected:
    """A row that an import turned down. `row` counts from 1; `place` says where it stands: "line 5" or "row 2"."""

    row: int
    reason: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.place or f'row {self.row}'}: {self.reason}"


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `read` = `imported` + `updated` + `duplicates` + len(`rejected`).

    `updated` rows gave a known instruction a reference answer, or other accepted answers, that it lacked, or, in an
    import that updates, took the place of the row with their id. `without_answer` rows brought none.
    `columns_not_read` are the names of the columns that held something which was not read, as they were first seen, and
    `columns_kept` of those kept as metadata. `left_out` counts the rows of which "images", "tools" or "thoughts" were
    left out; of those with "answers" only the last one is read. `files_not_read` are a folder's other files with data.
    `import_id` is the number by which the import can be taken back; None where it brought nothing.
    """

    dataset: str
    read: int
    imported: int
    duplicates: int
    rejected: Sequence[Rejected] = field(default_factory=tuple)
    revisions: int = 0
    updated: int = 0
    without_answer: int = 0
    columns_not_read: Sequence[str] = field(default_factory=tuple)
    columns_kept: Sequence[str] = field(default_factory=tuple)
    left_out: Mapping[str, int] = field(default_factory=dict)
    files_not_read: Sequence[str] = field(default_factory=tuple)
    import_id: int | None = field(default=None, compare=False)
