"""What no rubric matches: the floor, the list of what lies below it, and the ways out of it.

A person picks a category, which makes the instructions its members, or has the teacher make a new one for them. Either
way all instructions are assigned anew, since new members move the means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from citing_app.errors import CitingError, Refused
from citing_app.method.evaluation.intervals import wilson_interval
from citing_app.running.jobs import Job
from citing_app.store import rubrics, unmatched
from citing_app.store.database import Store
from citing_app.store.unmatched import Key, Unmatched
from citing_app.workflows.rubrics.assigning import assign_anew, floor_of
from citing_app.workflows.rubrics.inducing import ask_for_category
from citing_app.workflows.studio import Studio

PAGE = 20
ASK_JOB = "ask_category"
MOST = 200
"""How many instructions are given a category at once."""
_PREVIEW, _LONGEST, _PICKS = 240, 2000, 5


class FloorByHand(TypedDict):
    """Who set the floor, and when."""

    author: str
    at: str


class AskedView(TypedDict):
    """How the teacher gets on that was asked for a category."""

    state: str
    message: str


class AgreementView(TypedDict):
    """Agreement with who sorted the members, each with its 95 % Wilson interval; `all` None where nobody did."""

    all: dict[str, Any] | None
    categories: list[dict[str, Any]]


class UnmatchedView(TypedDict):
    """What the page shows above the list; see `unmatched_view`."""

    floor: float
    by_hand: FloorByHand | None
    floor_from_data: float | None
    members: int
    counts: list[int]
    counts_members: bool
    low: float | None
    high: float | None
    unmatched: int
    picks: list[dict[str, Any]]
    categories: list[str]
    asked: AskedView | None
    has_model: bool
    agreement: AgreementView
    by_people: int


class UnmatchedPage(TypedDict):
    """One page of the list; see `unmatched_page`."""

    rows: list[dict[str, Any]]
    next: tuple[float, int] | None
    first: list[int]


def unmatched_view(studio: Studio, person: str) -> UnmatchedView:
    """The floor, how best similarities lie around it, how many it leaves without a rubric, what `person` picked
    last, and the agreement.
    """
    with studio.store.read() as cursor:
        chosen, report = unmatched.chosen_floor(cursor), unmatched.report(cursor)
        floor, count = floor_of(cursor), unmatched.count(cursor)
        picks = unmatched.picks(cursor, person, _PICKS)
        categories = sorted(rubrics.newest(cursor))
    by_hand: FloorByHand | None = None
    if chosen is not None and chosen.floor is not None:
        by_hand = {"author": chosen.author, "at": chosen.at.isoformat()}
    found = report or {}
    return {
        "floor": floor,
        "by_hand": by_hand,
        "floor_from_data": found.get("floor_from_data"),
        "members": found.get("members", 0),
        "counts": found.get("counts", []),
        "counts_members": found.get("counts_members", False),
        "low": found.get("low"),
        "high": found.get("high"),
        "unmatched": count,
        "picks": [asdict(pick) | {"at": pick.at.isoformat()} for pick in picks],
        "categories": categories,
        "asked": _job_view(studio.jobs.get(ASK_JOB)),
        "has_model": any(teacher.model for teacher in studio.teachers),
        "agreement": _agreement(found.get("agreement", [])),
        "by_people": found.get("by_people", 0),
    }


def unmatched_page(store: Store, after: Key | None) -> UnmatchedPage:
    """One page of the list, the least similar first, and the key of the next page (None: this is the last).

    `first` are the ids of as many as can be given a category at once.
    """
    with store.read() as cursor:
        rows = unmatched.rows(cursor, after, PAGE + 1)
        first = unmatched.ids(cursor, MOST)
    shown = [_shown(row) for row in rows[:PAGE]]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return {"rows": shown, "next": None if last is None else (last.similarity, last.id), "first": first}


def _shown(row: Unmatched) -> dict[str, Any]:
    turns = [{"role": turn.role, "content": turn.content[:_LONGEST]} for turn in row.turns]
    texts = {"instruction": row.instruction[:_LONGEST], "input": row.input[:_PREVIEW], "turns": turns}
    return asdict(row) | texts


def set_floor(studio: Studio, floor: float | None, author: str) -> None:
    """Set the floor by hand, or let it follow the data again (None), and assign everything anew."""
    with studio.store.write() as cursor:
        unmatched.set_floor(cursor, floor, author)
    assign_anew(studio)


def pick(studio: Studio, instruction_ids: Sequence[int], category: str, author: str) -> int:
    """Sort instructions that no rubric matches into a category; how many.

    Raises Refused where one of them is not in the list any more, CitingError for a category that is not in use.
    """
    with studio.store.write() as cursor:
        if category not in rubrics.newest(cursor):
            raise CitingError("There is no category of this name.")
        _ensure_unmatched(unmatched.are_unmatched(cursor, instruction_ids), instruction_ids)
        rubrics.add_members(cursor, dict.fromkeys(instruction_ids, category), author)
    assign_anew(studio)
    return len(set(instruction_ids))


def take_back(studio: Studio, instruction_ids: Sequence[int], person: str) -> int:
    """Undo `pick`, as far as it was this person's; how many instructions are members no more."""
    with studio.store.write() as cursor:
        count = unmatched.take_back(cursor, instruction_ids, person)
    assign_anew(studio)
    return count


def start_asking(studio: Studio, instruction_ids: Sequence[int]) -> None:
    """Have the teacher name the one category that these instructions need, in the background.

    Raises Refused as `pick` does, and CitingError where no teacher is a model.
    """
    model = next((teacher.model for teacher in studio.teachers if teacher.model), None)
    if model is None:
        raise CitingError("The reference teacher cannot name categories; start the app with a model as teacher.")
    with studio.store.read() as cursor:
        _ensure_unmatched(unmatched.are_unmatched(cursor, instruction_ids), instruction_ids)

    def work(job: Job) -> str:
        name = ask_for_category(studio.store, model, instruction_ids, job)
        assign_anew(studio)
        return f"{len(instruction_ids)} instructions are members of {name} now."

    studio.jobs.start(ASK_JOB, "Asking for a category", work)


def _job_view(job: Job | None) -> AskedView | None:
    return None if job is None else {"state": job.state, "message": job.message}


def _ensure_unmatched(all_there: bool, instruction_ids: Sequence[int]) -> None:
    if not 1 <= len(instruction_ids) <= MOST:
        raise CitingError(f"Choose between 1 and {MOST} instructions.")
    if not all_there:
        raise Refused("Some of these instructions have a rubric by now; look at the list again.")


def _agreement(rows: list[dict[str, Any]]) -> AgreementView:
    """Each category's agreement with its 95 % Wilson interval, and that of all together."""

    def with_share(row: dict[str, Any]) -> dict[str, Any]:
        low, high = wilson_interval(row["first"], row["n"])
        either_low, either_high = wilson_interval(row["first"] + row["second"], row["n"])
        either = {"either_low": either_low, "either_high": either_high}
        return {**row, "share": row["first"] / row["n"], "low": low, "high": high, **either}

    together = {key: sum(row[key] for row in rows) for key in ("n", "first", "second")}
    return {"all": with_share(together) if together["n"] else None, "categories": [with_share(row) for row in rows]}
