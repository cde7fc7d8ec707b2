"""Browsing: filtered, sorted pages of items by key, and the search over all text.

A page is asked for by the key of the row before it, never by an offset, so that the thousandth costs what the first
does. Filters and sorts touch columns of items only; the texts are read for the rows of the page alone. A search reads
the texts themselves: no index of words would find a part of a word, or Chinese, and none would have to be kept true.
Figures of this and of what it was chosen from are in docs/desk.md, from benchmarks/desk.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from citing_app.store.database import Cursor
from citing_app.store.origins import POINTER, an_id, metadata_keys
from citing_app.store.states import WAITS
from citing_app.types import Filter

Key = tuple[float, int]
"""Where a page ends: its last row's place in the sort, as a number, and the row's item id."""


@dataclass(frozen=True)
class Sort:
    """A column to sort by; `key` makes a number of it and `bound` of the number `$value` something to compare with."""

    column: str
    direction: str
    key: str = "{}"
    bound: str = "$value"


class Counted(NamedTuple):
    """How many items pass a filter, how many of them wait for a person, and how many of these change nothing.

    `states` tells for each state how many would pass if the filter asked for that state alone.
    """

    every: int
    waiting: int
    unchanged: int
    states: dict[str, int]


SORTS = {
    "newest": Sort("items.id", "DESC"),
    "oldest": Sort("items.id", "ASC"),
    "queue": Sort("items.place", "ASC"),
    "decided": Sort(
        "coalesce(items.decided_at, TIMESTAMPTZ 'epoch')", "DESC", "epoch_us({})", "make_timestamptz($value::BIGINT)"
    ),
    "largest edit": Sort("coalesce(items.edit_size, -1)", "DESC"),
    "smallest edit": Sort("coalesce(items.edit_size, 2)", "ASC"),
    "best rubric": Sort("coalesce(items.similarity, -2)", "DESC"),
    "worst rubric": Sort("coalesce(items.similarity, 2)", "ASC"),
}
_PREVIEW = 200
_EVERY = (0, 2**62)
_FIRST_STRETCH = 65_536
"""How many items a search in the order of ids looks through first; each further stretch is four times as long."""

_MATCHES = "regexp_matches({}, $text, 'i')"  # half of what contains(lower()) takes, and a third less than ILIKE
_TEXTS = f"""(items.id IN (
    SELECT item_id FROM drafts WHERE item_id BETWEEN $low AND $high AND {_MATCHES.format("text")}
    UNION ALL
    SELECT item_id FROM revisions WHERE item_id BETWEEN $low AND $high AND {_MATCHES.format("text")}
    UNION ALL
    SELECT item_id FROM decisions
    WHERE item_id BETWEEN $low AND $high AND kind = 'edit' AND {_MATCHES.format("final_text")}
) OR items.instruction_id IN (
    SELECT id FROM instructions WHERE {_MATCHES.format("instruction")} OR {_MATCHES.format("input")}
    OR {_MATCHES.format("array_to_string(json_extract_string(turns, '$[*].content'), chr(10))")}
))"""

_OF_ROW = "items.instruction_id IN (SELECT id FROM instructions WHERE {})"
_VALUE = f"json_extract_string(metadata, {POINTER.format('$key')})"

_STALE = "items.id IN (SELECT id FROM stale_items)"
_OF_CURRICULUM = """items.id IN (SELECT unnest(CAST(detail->'items' AS BIGINT[])) FROM (
    SELECT detail FROM curriculum_stages WHERE curriculum = $curriculum AND stage = 'draft' ORDER BY round DESC LIMIT 1
))"""
_NOTED = """items.id IN (
    SELECT item_id FROM decisions JOIN items asked ON asked.id = item_id
    WHERE regexp_matches(note, $note, 'i') AND (kind = 'undo' OR asked.slots = 1 OR asked.state <> 'waiting')
)"""  # while people are still asked, nobody learns what others said


def page(cursor: Cursor, chosen: Filter, sort: str, after: Key | None, limit: int) -> tuple[list[int], Key | None]:
    """The item ids of one page, and the key with which the next one is asked for (None: there is none).

    Raises KeyError for a sort that is not in `SORTS`.
    """
    rows: list[tuple[int, float]] = []
    for stretch in _stretches(cursor, chosen, sort, after):
        rows += _part(cursor, chosen, SORTS[sort], after, stretch, limit + 1 - len(rows))
        if len(rows) > limit:
            last = rows[limit - 1]
            return [row[0] for row in rows[:limit]], (float(last[1]), last[0])
    return [row[0] for row in rows], None


def count(cursor: Cursor, chosen: Filter, annotator: str) -> Counted:
    """How many items pass the filter, of each state and in all, and how many of them wait for this person."""
    where, values = _where(replace(chosen, states=()), _EVERY)
    found = cursor.execute(
        f"SELECT state, count(*), count(*) FILTER ({WAITS}), count(*) FILTER ({WAITS} AND edit_size = 0) "
        f"FROM items WHERE {where} GROUP BY state",
        values | {"person": annotator},
    ).fetchall()
    passing = [row[1:] for row in found if not chosen.states or row[0] in chosen.states]
    every, waiting, unchanged = (sum(row[place] for row in passing) for place in range(3))
    return Counted(every, waiting, unchanged, {row[0]: row[1] for row in found})


def condition(chosen: Filter) -> tuple[str, dict[str, Any]]:
    """The filter as a condition on the columns of `items`, with the values it takes."""
    return _where(chosen, _EVERY)


def rows(cursor: Cursor, item_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What a page shows of these items, in their order; texts are cut to a preview."""
    found = cursor.execute(
        "WITH items AS MATERIALIZED (SELECT * FROM items WHERE id IN (SELECT unnest(?::BIGINT[]))) "
        "SELECT items.id, items.state, items.version, items.category, items.similarity, items.dataset, items.author, "
        "items.round, items.teacher, items.edit_size, items.deciders, items.decided_at, items.slots, c.note, "
        f"left(i.instruction, {_PREVIEW}) AS instruction, left(d.text, {_PREVIEW}) AS draft FROM items "
        "JOIN (SELECT id, instruction FROM instructions WHERE id IN (SELECT instruction_id FROM items)) i "
        "ON i.id = items.instruction_id "
        "JOIN (SELECT item_id, text FROM drafts WHERE item_id IN (SELECT id FROM items)) d ON d.item_id = items.id "
        "LEFT JOIN (SELECT id, note FROM decisions WHERE id IN (SELECT decision_id FROM items)) c "
        "ON c.id = items.decision_id",
        [list(item_ids)],
    )
    names = [column[0] for column in cursor.description or ()]
    by_id = {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}
    return [by_id[item_id] for item_id in item_ids if item_id in by_id]


def choices(cursor: Cursor) -> dict[str, list[Any]]:
    """What the items hold of each thing that can be filtered by; of rows' ids only one, to show what they look like."""
    columns = {
        "category": "category",
        "dataset": "dataset",
        "teacher": "teacher",
        "round": "coalesce(round, 0)",
        "annotator": "unnest(deciders)",
        "criterion": "unnest(criteria)",
    }
    found = {}
    for name, column in columns.items():
        query = (
            f"SELECT DISTINCT value FROM (SELECT {column} AS value FROM items) WHERE value IS NOT NULL ORDER BY value"
        )
        found[name] = [row[0] for row in cursor.execute(query).fetchall()]
    found["row_id"], found["metadata_key"] = an_id(cursor), metadata_keys(cursor)
    found["curriculum"] = [row[0] for row in cursor.execute("SELECT id FROM curricula ORDER BY id").fetchall()]
    return found


def open_ids(cursor: Cursor, chosen: Filter, annotator: str, limit: int) -> list[int]:
    """The items that pass the filter and wait for this person, in the order of the queue."""
    where, values = _where(chosen, _EVERY)
    found = cursor.execute(
        f"SELECT items.id FROM items WHERE {where} AND {WAITS} ORDER BY place LIMIT {limit}",
        values | {"person": annotator},
    ).fetchall()
    return [row[0] for row in found]


def _stretches(cursor: Cursor, chosen: Filter, sort: str, after: Key | None) -> Iterator[tuple[int, int]]:
    """The ranges of item ids to look through one after the other until a page is full.

    A search in the order of ids looks at the near ones first: common words are found there without reading on.
    """
    order = SORTS[sort]
    if not chosen.text or order.column != "items.id":
        yield _EVERY
        return
    row = cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM items").fetchone()
    assert row is not None
    low, high = row
    length = _FIRST_STRETCH
    if order.direction == "DESC":
        top = high if after is None else after[1]
        while top >= low:
            yield top - length + 1, top
            top, length = top - length, length * 4
    else:
        start = low if after is None else after[1]
        while start <= high:
            yield start, start + length - 1
            start, length = start + length, length * 4


def _part(
    cursor: Cursor, chosen: Filter, order: Sort, after: Key | None, stretch: tuple[int, int], limit: int
) -> list[tuple[int, float]]:
    """The first items of the sort after the key within the stretch, each with its sort's number."""
    where, values = _where(chosen, stretch)
    if stretch != _EVERY:
        where += " AND items.id BETWEEN $low AND $high"
    if after is not None:
        sign = ">" if order.direction == "ASC" else "<"
        bound = f"{order.column} {sign} {order.bound}"
        where += f" AND {order.column} {sign}= {order.bound} AND ({bound} OR items.id {sign} $id)"
        values |= {"value": after[0], "id": after[1]}
    return cursor.execute(
        f"SELECT id, {order.key.format('place')} FROM (SELECT items.id, {order.column} AS place FROM items "
        f"WHERE {where} ORDER BY {order.column} {order.direction}, items.id {order.direction} LIMIT {limit}) "
        f"ORDER BY place {order.direction}, id {order.direction}",
        values,
    ).fetchall()


def _pattern(text: str) -> str:
    """The text as a pattern that finds it however its accents are written: within the letter, or as marks behind it.

    Both forms are looked for, as `nfc_normalize` on each stored text takes twenty times as long where it is not ASCII.
    """
    clusters: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        if clusters and (unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"):
            clusters[-1] += character  # a mark, or the vowel or end of a Korean syllable
        else:
            clusters.append(character)
    return "".join(map(_either, clusters))


def _either(cluster: str) -> str:
    """A pattern of the ways to write a letter with its marks: with none, some or all of the marks within the letter."""
    ways = (unicodedata.normalize("NFC", cluster[:n]) + cluster[n:] for n in range(1, len(cluster) + 1))
    forms = [re.escape(way) for way in dict.fromkeys(ways)]
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _where(chosen: Filter, stretch: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    """The filter as a condition with its values; its texts are looked for in items of the stretch alone."""
    parts: dict[str, dict[str, Any]] = {
        "state IN (SELECT unnest($states::VARCHAR[]))": {"states": list(chosen.states) or None},
        "category = $category": {"category": chosen.category or None},
        "coalesce(round, 0) = $round": {"round": chosen.round},
        "teacher = $teacher": {"teacher": chosen.teacher},
        "list_contains(deciders, $annotator)": {"annotator": chosen.annotator},
        "dataset = $dataset": {"dataset": chosen.dataset},
        _OF_CURRICULUM: {"curriculum": chosen.curriculum},
        "list_contains(criteria, $criterion)": {"criterion": chosen.criterion},
        _OF_ROW.format("row_id = $row"): {"row": chosen.row_id},
        _OF_ROW.format(f"{_VALUE} = $value"): {"key": chosen.metadata_key, "value": chosen.metadata_value},
        _OF_ROW.format(f"{_VALUE} IS NOT NULL"): {"key": chosen.metadata_key},
        "similarity >= $similarity_low": {"similarity_low": chosen.similarity[0]},
        "similarity <= $similarity_high": {"similarity_high": chosen.similarity[1]},
        "edit_size >= $edit_low": {"edit_low": chosen.edit_size[0]},
        "edit_size <= $edit_high": {"edit_high": chosen.edit_size[1]},
        "items.id IN (SELECT unnest($items::BIGINT[]))": {"items": list(chosen.items) or None},
        _NOTED: {"note": None if chosen.note is None else _pattern(chosen.note)},
        _TEXTS: {"text": _pattern(chosen.text) or None, "low": stretch[0], "high": stretch[1]},
    }
    given = {condition: values for condition, values in parts.items() if None not in values.values()}
    conditions = [*given, *(["category IS NULL"] if chosen.category == "" else []), *([_STALE] if chosen.stale else [])]
    return " AND ".join(conditions) or "true", {
        name: value for values in given.values() for name, value in values.items()
    }
