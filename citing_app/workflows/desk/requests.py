"""What can be asked of the desk: items to review, decisions and their undoing, lists to browse, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.store.browse import SORTS, Key
from citing_app.store.insights import Group
from citing_app.types import DecisionKind, Filter, ItemState
from citing_app.workflows.desk.browsing import LARGEST_PAGE
from citing_app.workflows.request import (
    LARGEST_COUNT,
    LARGEST_ID,
    LARGEST_ROUND,
    LONGEST_KNOWN,
    Flag,
    Many,
    Number,
    Numbered,
    Part,
    Request,
    Text,
    Value,
    Whole,
    Word,
)

LONGEST_ANSWER = 100_000
LONGEST_LOOK = 3600
"""Seconds that one look at an item counts at most: a person may leave the desk open overnight."""
MOST_PEOPLE = 9
"""How many people may be wanted for one item."""
LONGEST_NOTE = 2000
LONGEST_VALUE = 1_000
"""Of a row's id, and of the name and value of another of its columns, that is filtered by."""
_MOST_EDITS, _MOST_HELD = 10_000, 500
_LARGEST_PLACE = 2**53
_Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class _ItemNumber(Value):
    """An item's number, by which anything else is the name of no item."""

    def read(self, value: Any) -> int:
        try:
            return Whole(self.title, 1, LARGEST_ID).read(value)
        except CitingError as error:
            shown = value if isinstance(value, str | int) and len(str(value)) < 40 else "of that name"
            raise CitingError(f"There is no item {shown}.") from error

    def is_blank(self, value: Any) -> bool:
        return value is None or value == ""


@dataclass(frozen=True)
class _Between(Value):
    """A pair of bounds between `low` and `high`, the lower one first; either may be missing."""

    low: float
    high: float

    def read(self, value: Any) -> _Bounds:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise CitingError(f"{self.title} is a pair of bounds.")
        bound = Number(self.title, self.low, self.high)
        first, last = (None if bound.is_blank(one) else bound.read(one) for one in value)
        if first is not None and last is not None and first > last:
            raise CitingError(f"{self.title}: the lower bound is above the upper one.")
        return first, last

    def read_word(self, word: str) -> _Bounds:
        """As in the address of Browse: from..to, where either may be left out."""
        low, _, high = word.partition("..")
        bound = Number(self.title, self.low, self.high)
        return self.read([bound.read_word(one) if one else None for one in (low, high)])


@dataclass(frozen=True)
class _PageKey(Value):
    """The key of a page: the number and the item id that the page before it ended with."""

    def read(self, value: Any) -> Key:
        known = isinstance(value, list | tuple) and len(value) == 2 and all(type(one) in (int, float) for one in value)
        if not known or not abs(value[0]) <= _LARGEST_PLACE:  # of NaN nothing is true
            raise CitingError("The page's key is not one that this list gave; start again at the first page.")
        return float(value[0]), Whole(self.title, 0, LARGEST_ID).read(value[1])


ITEM = _ItemNumber("The item", about="the item's number")
ITEMS = Many("The items", Whole("The item", 0, LARGEST_ID), _MOST_HELD)
REQUEST_ID = Text("The request id", 100, about="the same one twice is one request")
DECISION = Word(
    "A decision", [kind for kind in get_args(DecisionKind) if kind != "undo"], about="accept, edit, reject or skip"
)
REVISION = Whole("The revision", 1, LARGEST_ID, about="which teacher's revision (default: the one shown)")
NOTE = Text("The note", LONGEST_NOTE, about="why, in a few words")
DECIDER = Text("The person", LONGEST_KNOWN, about="whose decision (default: the one that counts)")
EDITED = Text("The edited revision", LONGEST_ANSWER, about="the text of an edit")


class ItemFilter(Request):
    """Which items: those that pass every part given; the edit size is in percent."""

    states: Annotated[
        tuple[ItemState, ...],
        Many("The states", Word("An item's state", get_args(ItemState)), most=20, about="items in these states"),
    ] = ()
    category: Annotated[str | None, Text("The category", LONGEST_KNOWN, about="items of this category")] = None
    round: Annotated[
        int | None, Whole("The round", 0, LARGEST_ROUND, about="drafts of this round (0: of none, and imported ones)")
    ] = None
    teacher: Annotated[str | None, Text("The teacher", LONGEST_KNOWN, about="revisions of this teacher")] = None
    annotator: Annotated[str | None, Text("The annotator", LONGEST_KNOWN, about="items that this person decided")] = (
        None
    )
    dataset: Annotated[str | None, Text("The data set", LONGEST_KNOWN, about="items of this data set")] = None
    criterion: Annotated[
        str | None, Text("The criterion", LONGEST_KNOWN, about="revisions with an edit for this criterion")
    ] = None
    similarity: Annotated[_Bounds, _Between("The similarity", -1, 1, about="of instruction and category, from..to")] = (
        None,
        None,
    )
    edit_size: Annotated[
        _Bounds,
        _Between("The edit size in percent", 0, 100, about="how much of the draft changes in percent, from..to"),
    ] = (None, None)
    text: Annotated[str, Text("The text to look for", 500, about="items with this in one of their texts")] = ""
    stale: Annotated[
        bool, Flag("Stale", about="only items that wait with a revision written against older criteria")
    ] = False
    curriculum: Annotated[
        int | None, Whole("The curriculum", 1, LARGEST_ROUND, about="the newest round of this curriculum")
    ] = None
    note: Annotated[str | None, NOTE] = None
    row_id: Annotated[str | None, Text("The row's id", LONGEST_VALUE, about="the row with this id")] = None
    metadata_key: Annotated[
        str | None,
        Text("The metadata's column", LONGEST_VALUE, about="rows with this column, which is not read"),
    ] = None
    metadata_value: Annotated[
        str | None, Text("The metadata's value", LONGEST_VALUE, about="rows that hold this in the metadata's column")
    ] = None

    @property
    def chosen(self) -> Filter:
        """The filter as the store takes it. Raises CitingError for a value of metadata without its column."""
        if self.metadata_value is not None and self.metadata_key is None:
            raise CitingError("Say in which column of the metadata that value is looked for.")
        given = {name: getattr(self, name) for name in ItemFilter.model_fields}
        low, high = (None if bound is None else bound / 100 for bound in self.edit_size)
        states = tuple(dict.fromkeys(self.states))
        return Filter(**{**given, "states": states, "edit_size": (low, high), "text": self.text.strip()})


class CountItems(ItemFilter):
    """How many items pass; `token` tells a page's questions from those of another window."""

    token: Annotated[str, Text("The page's token", 40)] = ""


class ListItems(CountItems):
    """One page of the items that pass."""

    after: Annotated[Key | None, _PageKey("The page's key")] = None
    sort: Annotated[str, Word("The sort", tuple(SORTS))] = "newest"
    limit: Annotated[int, Whole("The page", 1, LARGEST_PAGE)] = LARGEST_PAGE


class DecideAll(ItemFilter):
    """One decision on all that pass, or with `items` on those of them; `expected` is how many the person was shown."""

    kind: Annotated[DecisionKind, DECISION]
    request_id: Annotated[str, REQUEST_ID]
    expected: Annotated[int, Whole("The number of items", 0, LARGEST_COUNT)]
    items: Annotated[tuple[int, ...], ITEMS] = ()

    @property
    def chosen(self) -> Filter:
        """The filter as the store takes it. Raises CitingError for a value of metadata without its column."""
        return replace(super().chosen, items=self.items)


class UndoAll(Request):
    """Take a batch back."""

    batch: Annotated[str, Text("The batch", 100)]


class Queue(Request):
    """The next items for a person; those `without` are held already."""

    limit: Annotated[int, Whole("The number of items", 1, 50, about="how many items at most")] = 8
    without: Annotated[tuple[int, ...], ITEMS] = ()
    queue: Annotated[
        Literal["queue", "disputed", "likely fine", "likely wrong"],
        Word("The order", ("queue", "disputed", "likely fine", "likely wrong")),
    ] = "queue"
    filter: Annotated[ItemFilter | None, Part("The filter", ItemFilter)] = None


class OneItem(Request):
    """An item with its history."""

    item: Annotated[int, ITEM]


class Hold(Request):
    """Go on looking at these items."""

    items: Annotated[tuple[int, ...], ITEMS]


class Decide(Request):
    """A decision on one version of an item. `request_id` makes a double click one decision.

    `revision` is the one decided on, in an item that several teachers revised (None: the item's own). `kept_hunks` are
    the numbers of the edits to keep (None: all), `criteria` what the person says an edit serves. `changes` allows the
    decision to take the place of the person's own earlier one. `note` is why they decide so.
    """

    item: Annotated[int, ITEM]
    version: Annotated[int, Whole("The version", 1, LARGEST_COUNT, about="the item's version that was seen")]
    kind: Annotated[DecisionKind, DECISION]
    request_id: Annotated[str, REQUEST_ID]
    final_text: Annotated[str | None, EDITED] = None
    kept_hunks: Annotated[
        tuple[int, ...] | None,
        Many("The kept edits", Whole("The edit", 0, LARGEST_ID), _MOST_EDITS, about="the edits to keep (default: all)"),
    ] = None
    changes: Annotated[bool, Flag("Changing a decision", about="replace one's own earlier decision")] = False
    revision: Annotated[int | None, REVISION] = None
    criteria: Annotated[Mapping[int, str], Numbered("The criteria", _MOST_EDITS)] = {}
    seconds: Annotated[float | None, Number("The time", 0, LONGEST_LOOK)] = None
    note: Annotated[str, NOTE] = ""


class SendBack(Request):
    """Send an item back to a person who decided it (by default the one whose decision counts), with a note."""

    item: Annotated[int, ITEM]
    note: Annotated[str, NOTE]
    to: Annotated[str | None, DECIDER] = None
    request_id: Annotated[str, REQUEST_ID]


class Undo(Request):
    """Take back one's newest decision, or the one on `item`."""

    item: Annotated[int | None, ITEM] = None
    request_id: Annotated[str, REQUEST_ID]


class Warnings(Request):
    """What to look at twice in a text typed for an item."""

    text: Annotated[str, EDITED]
    item: Annotated[int, ITEM]
    revision: Annotated[int | None, REVISION] = None


class Figures(Request):
    """How revisions fare with people, grouped."""

    by: Annotated[Group, Word("The grouping", get_args(Group))] = "category"


class SetOverlap(Request):
    """How many people are wanted for which share of a data set's items."""

    dataset: Annotated[str, Text("The data set", LONGEST_KNOWN)]
    share: Annotated[float, Number("The share", 0, 1)]
    slots: Annotated[int, Whole("The number of people", 1, MOST_PEOPLE)]
