"""The browse page: every item, filtered, sorted and searched, and one decision on all that a filter holds."""

from __future__ import annotations

from typing import Any, cast, get_args

from citing_app.errors import Cancelled, CitingError
from citing_app.types import Filter, ItemState, Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.workflows.desk import batches, browsing, deciding
from citing_app.workflows.studio import Studio

LONGEST_TEXT = 500
LONGEST_NAME = 200
_LARGEST_PLACE = 2**53


def browse_page(studio: Studio) -> None:
    """Draw the page; its script is assets/browse.js."""
    searches = browsing.Searches()

    def list_items(body: Body, person: Person) -> Body:
        chosen, after = filter_from(body), key_from(body.get("after"))
        sort = inputs.text(body.get("sort", "newest"), "The sort", 40)
        limit = inputs.integer(body.get("limit", browsing.LARGEST_PAGE), "The page", 1, browsing.LARGEST_PAGE)
        try:
            with searches.newest(studio.store, person.name, page_token(body)) as cursor:
                return browsing.page_view(cursor, chosen, sort, after, person.name, limit)
        except Cancelled:
            return {"cancelled": True}

    def count_items(body: Body, person: Person) -> Body:
        chosen = filter_from(body)
        try:
            with searches.newest(studio.store, person.name, page_token(body)) as cursor:
                return browsing.count_view(cursor, chosen, person.name)
        except Cancelled:
            return {"cancelled": True}

    def filter_choices(body: Body, person: Person) -> Body:
        return browsing.choices(studio.store, person.name)

    def decide_all(body: Body, person: Person) -> Body:
        kind = deciding.decision_kind(inputs.text(body.get("kind"), "The decision", 10))
        request_id = inputs.text(body.get("request_id"), "The request id", 100)
        expected = inputs.integer(body.get("expected"), "The number of items", 0, 2**31 - 1)
        return batches.decide_all(
            studio.store, studio.journal, filter_from(body), kind, person.name, request_id, expected
        )

    def undo_all(body: Body, person: Person) -> Body:
        batch = inputs.text(body.get("batch"), "The batch", 100)
        return batches.undo_all(studio.store, studio.journal, batch, person.name)

    script_panel("browse", [list_items, count_items, filter_choices, decide_all, undo_all])


def page_token(body: Body) -> str:
    """By which a page's questions are told from those of another window."""
    return inputs.text(body.get("token", ""), "The page's token", 40)


def filter_from(body: Body) -> Filter:
    """The filter that a page asks for, with every part checked; its edit size is in percent.

    Raises CitingError for what is none.
    """
    low, high = _range(body, "edit_size", "The edit size in percent", 0, 100)
    states = body.get("states", [])
    if not isinstance(states, list) or not all(state in get_args(ItemState) for state in states):
        raise CitingError(f"An item's state is one of {', '.join(get_args(ItemState))}.")
    return Filter(
        states=cast(tuple[ItemState, ...], tuple(dict.fromkeys(states))),
        category=_name(body, "category", "The category"),
        round=inputs.optional_integer(body.get("round"), "The round", 0, 10**6),
        teacher=_name(body, "teacher", "The teacher"),
        annotator=_name(body, "annotator", "The annotator"),
        dataset=_name(body, "dataset", "The data set"),
        criterion=_name(body, "criterion", "The criterion"),
        similarity=_range(body, "similarity", "The similarity", -1, 1),
        edit_size=(None if low is None else low / 100, None if high is None else high / 100),
        text=inputs.text(body.get("text", ""), "The text to look for", LONGEST_TEXT).strip(),
        stale=body.get("stale") is True,
        curriculum=inputs.optional_integer(body.get("curriculum"), "The curriculum", 1, 10**6),
    )


def key_from(value: Any) -> tuple[float, int] | None:
    """The key of a page: the number and the item id that the page before it ended with."""
    if value is None:
        return None
    known = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)
    if not known or not abs(value[0]) <= _LARGEST_PLACE:  # of NaN nothing is true
        raise CitingError("The page's key is not one that this list gave; start again at the first page.")
    return float(value[0]), inputs.integer(value[1], "The page's key", 0, 2**62)


def _name(body: Body, field: str, name: str) -> str | None:
    value = body.get(field)
    return None if value is None else inputs.text(value, name, LONGEST_NAME)


def _range(body: Body, field: str, name: str, low: float, high: float) -> tuple[float | None, float | None]:
    """The lower and the upper bound; either may be missing."""
    value = body.get(field, [None, None])
    if not isinstance(value, list) or len(value) != 2:
        raise CitingError(f"{name} is a pair of bounds.")
    first, last = (inputs.optional_number(bound, name, low, high) for bound in value)
    if first is not None and last is not None and first > last:
        raise CitingError(f"{name}: the lower bound is above the upper one.")
    return first, last
