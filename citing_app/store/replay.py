"""What a line of the journal of decisions says, put back into a store that has lost it."""

from __future__ import annotations

from citing_app.store import dataset_names, decisions, instructions, items, revisions, rubrics, states
from citing_app.store.database import Cursor
from citing_app.store.journal import Line, Records, made_at
from citing_app.store.revisions import NewRevision
from citing_app.types import Criterion, Decision, Edit, Example, Rubric, Turn


def _replay(cursor: Cursor, line: Line) -> None:
    """Put one journal line into the store, with its instruction, draft, revision and rubric where they are missing."""
    given = line["instruction"]
    example = Example(
        instruction=given["instruction"],
        input=given["input"],
        output=given["output"],
        turns=tuple(Turn(**turn) for turn in given.get("turns", ())),
        row_id=given.get("id"),
        metadata=given.get("metadata", {}),
    )
    known = instructions.known_hashes(cursor, [given["hash"]])
    if not known:
        instructions.add(cursor, [example], dataset_names.name_now(cursor, given["dataset"], made_at(line)))
        known = instructions.known_hashes(cursor, [given["hash"]])
    elif given["output"]:  # a later line may know the answer that an import brought after the first one
        instructions.answer(cursor, {given["hash"]: given["output"]})
    (instruction,) = instructions.get(cursor, [known[given["hash"]]])
    draft, revision, rubric = line["draft"], line["revision"], line["rubric"]
    item_id = items.add_draft(cursor, instruction, draft["text"], draft["author"], draft["round"])
    if item_id is None:
        item_id = items.item_of_draft(cursor, draft["hash"])
    edits = [Edit(**edit) for edit in revision["edits"]]
    new = NewRevision(item_id, revision["text"], revision["author"], edits, revision["prompt_hash"])
    (revision_id,) = revisions.add(cursor, [new])
    if rubric and rubric["criteria"]:
        criteria = tuple(Criterion(**criterion) for criterion in rubric["criteria"])
        rubrics.add(cursor, Rubric(rubric["category"], criteria, rubric["version"], "journal"), "")
    kept = line["kept_hunks"]
    decision = Decision(
        id=line["id"],
        request_id=line["request_id"],
        item_id=item_id,
        revision_id=revision_id,
        version=line["version"],
        kind=line["kind"],
        final_text=line["final_text"],
        annotator=line["annotator"],
        at=made_at(line),
        undoes=line["undoes"],
        kept_hunks=None if kept is None else tuple(kept),
        batch=line["batch"],
        settles=line.get("settles", False),  # lines from before an item could have several slots lack these
        criteria={int(hunk): name for hunk, name in line.get("criteria", {}).items()},
        changed=line.get("changed"),
        seconds=line.get("seconds"),
        note=line.get("note"),
    )
    states.set_slots(cursor, item_id, line.get("slots", 1))
    if decision.kind in ("accept", "edit", "reject"):
        items.show_revision(cursor, item_id, revision_id)
    decisions.add(cursor, decision, rubric and rubric["category"], rubric and rubric["version"])


def _settle(cursor: Cursor) -> None:
    """What follows from all decisions."""
    states.measure_edits(cursor)
    states.rebuild_states(cursor)


DECISIONS = Records(decisions.ids, decisions.journal_lines, _replay, _settle)
