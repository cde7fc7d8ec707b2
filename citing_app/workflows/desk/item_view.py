"""Items as plain JSON, for the desk, the endpoints and the command line: all of it text, none of it HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any, TypedDict

from citing_app.method.cutoff import looks_cut_off
from citing_app.method.diff import Part, changed_share, parts_of
from citing_app.method.layout import is_laid_out
from citing_app.method.verdicts import standing
from citing_app.store.origins import Origin
from citing_app.types import Decision, DecisionKind, Edit, Item, ItemState

_FAR_LONGER = 3
_MUCH_TEXT = 200


class PartView(TypedDict):
    """A stretch of the diff (`method.diff.Part`)."""

    before: str
    after: str
    criterion: str | None


class RevisionView(TypedDict):
    """A revision of the draft; `parts` and `warnings` are of the text that is shown for it."""

    revision_id: int | None
    revision: str | None
    revision_author: str | None
    parts: list[PartView]
    changed: float
    warnings: list[str]


class ItemView(RevisionView):
    """An item as the desk shows it. `turns` are those before the instruction, as chat messages.

    `parts` lead from the draft to the text that counts, else to the revision. `laid_out` names the texts that hold code
    or a table: instruction, input, answer (the draft or a revision of it).
    """

    id: int
    version: int
    state: ItemState
    turns: list[dict[str, str]]
    instruction: str
    input: str
    laid_out: list[str]
    dataset: str
    category: str | None
    sorted: bool
    assignment: dict[str, Any] | None
    rubric: dict[str, Any] | None
    rationale: dict[str, str]
    draft: str
    draft_author: str
    slots: int
    stale: bool
    written_against: tuple[str, int] | None
    final_text: str | None
    others: list[RevisionView]
    decided_by: str | None
    decided_at: str | None


class SentBackView(TypedDict):
    """An owner sent the item back to a person: who, to whom (`to_you`: it is the reader), why, and when."""

    by: str
    to: str
    to_you: bool
    note: str | None
    at: str


class OriginView(TypedDict):
    """What a row was called in its file, and its other columns by name, as text."""

    id: str | None
    metadata: dict[str, str]


class DecisionView(TypedDict):
    """A decision in an item's history. `sent_to` is whom an undo sends the item back to; `mine`: it is the reader's."""

    id: str
    kind: DecisionKind
    annotator: str
    at: str
    version: int
    final_text: str | None
    kept_hunks: tuple[int, ...] | None
    settles: bool
    undone: bool
    batch: str | None
    note: str | None
    sent_to: str | None
    mine: bool


class ReviewedView(ItemView):
    """An item with its decisions as one person may see them; `hides` says that there are more.

    `mine` says whether one of the standing verdicts is theirs, `counts_mine` whether what counts is what they said.
    """

    learned_in: int | None
    history: list[DecisionView]
    hides: bool
    mine: bool
    counts_mine: bool
    sent_back: SentBackView | None


def item_view(found: Item) -> ItemView:
    """An item as plain JSON."""
    revision = found.revision if found.final_text is None else found.final_text
    return {
        "id": found.id,
        "version": found.version,
        "state": found.state,
        "turns": [asdict(turn) for turn in found.instruction.turns],
        "instruction": found.instruction.text,
        "input": found.instruction.input,
        "laid_out": _laid_out(found, revision),
        "dataset": found.instruction.dataset,
        "category": found.sorted_category or (found.assignment.category if found.assignment else None),
        "sorted": found.sorted_category is not None,
        "assignment": None if found.assignment is None else asdict(found.assignment),
        "rubric": None if found.rubric is None else asdict(found.rubric),
        "rationale": dict(found.rationale),
        "draft": found.draft,
        "draft_author": found.draft_author,
        "slots": found.slots,
        "stale": found.is_stale,
        "written_against": found.written_against,
        "final_text": found.final_text,
        **_revision_view(found.revision_id, found.revision, found.revision_author, found.draft, revision, found.edits),
        "others": [
            _revision_view(other.id, other.text, other.author, found.draft, other.text, other.edits)
            for other in found.others
        ],
        "decided_by": found.decided_by,
        "decided_at": _moment(found.decided_at) if found.decided_at else None,
    }


def _laid_out(found: Item, shown: str | None) -> list[str]:
    """Which of the item's texts are shown in a monospace face; draft and revisions are compared, so all or none."""
    answers = [found.draft, shown or "", *(other.text for other in found.others)]
    texts = {"instruction": [found.instruction.text], "input": [found.instruction.input], "answer": answers}
    return [name for name, several in texts.items() if any(map(is_laid_out, several))]


def reviewed_view(
    found: Item, history: Sequence[Decision], learned_in: int | None, annotator: str | None
) -> ReviewedView:
    """The item with its decisions as this person may see them."""
    mine = [verdict for verdict in standing(history) if verdict.annotator == annotator]
    is_decided = found.state in ("accepted", "rejected")
    shown = _history_view(history, found.slots, annotator)
    return {
        **item_view(found),
        "learned_in": learned_in,
        "history": shown,
        "hides": len(shown) < len(history),
        "mine": bool(mine),
        "counts_mine": is_decided and any(verdict.final_text == found.final_text for verdict in mine),
        "sent_back": None if is_decided else _sent_back_view(shown, found.sent_to, annotator),
    }


def origin_view(found: Origin | None) -> OriginView | None:
    """What is known of where a row comes from; None where that is nothing."""
    return None if found is None else {"id": found.row_id, "metadata": dict(found.metadata)}


def minute(at: datetime | None) -> str:
    """A time within a sentence; nothing where there is none."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC") if at else ""


def _revision_view(
    revision_id: int | None, text: str | None, author: str | None, draft: str, shown: str | None, edits: Sequence[Edit]
) -> RevisionView:
    """A revision of the draft, with the parts that lead from the draft to the text that is `shown` for it."""
    return {
        "revision_id": revision_id,
        "revision": text,
        "revision_author": author,
        "parts": [] if shown is None else [_part_view(part) for part in parts_of(draft, shown, edits)],
        "changed": 0.0 if shown is None else changed_share(draft, shown),
        "warnings": [] if shown is None else warnings(draft, text, shown),
    }


def _part_view(part: Part) -> PartView:
    return {"before": part.before, "after": part.after, "criterion": part.criterion}


def _moment(at: datetime) -> str:
    """A time as a script reads it, the same whether it was just made or read from the store of any time zone."""
    return at.astimezone(timezone.utc).isoformat()


def warnings(draft: str, revision: str | None, text: str) -> list[str]:
    """What to look at twice before `text` is accepted; it never keeps anyone from accepting it."""
    if not text.strip():
        return ["This text is empty."]
    found = []
    if text == draft:
        found.append("This is the draft, unchanged.")
    elif revision is not None and text.strip() == draft.strip():
        found.append("Only white space differs from the draft.")
    if len(text) > _FAR_LONGER * len(draft) and len(text) - len(draft) > _MUCH_TEXT:
        found.append(f"This is {len(text) / max(1, len(draft)):.0f} times as long as the draft.")
    if looks_cut_off(text, draft):
        found.append("This may be cut off: it ends in the middle of a sentence.")
    return found


def _sent_back_view(
    shown: Sequence[DecisionView], sent_to: Sequence[str], annotator: str | None
) -> SentBackView | None:
    """The newest time that what this person sees of an item was sent back and not answered, before all to them."""
    sent = [one for one in shown if one["sent_to"] in sent_to]
    newest = next((one for one in sent if one["sent_to"] == annotator), sent[0] if sent else None)
    if newest is None or newest["sent_to"] is None:
        return None
    to = newest["sent_to"]
    return {"by": newest["annotator"], "to": to, "to_you": to == annotator, "note": newest["note"], "at": newest["at"]}


def _history_view(decisions: Sequence[Decision], slots: int, annotator: str | None) -> list[DecisionView]:
    """An item's decisions, newest first. While several people are still asked, each sees only what they decided, and
    what was sent back to them."""
    filled = standing(decisions)
    is_open = slots > 1 and len(filled) < slots and not any(verdict.settles for verdict in filled)
    undone = {decision.undoes for decision in decisions}
    makers = {decision.id: decision.annotator for decision in decisions}
    sent_to = {d.id: makers[d.undoes] for d in decisions if d.undoes in makers and makers[d.undoes] != d.annotator}
    return [
        {
            "id": decision.id,
            "kind": decision.kind,
            "annotator": decision.annotator,
            "at": _moment(decision.at),
            "version": decision.version,
            "final_text": decision.final_text,
            "kept_hunks": decision.kept_hunks,
            "settles": decision.settles,
            "undone": decision.id in undone,
            "batch": decision.batch,
            "note": decision.note,
            "sent_to": sent_to.get(decision.id),
            "mine": decision.annotator == annotator,
        }
        for decision in reversed(decisions)
        if not is_open or annotator in (decision.annotator, sent_to.get(decision.id))
    ]
