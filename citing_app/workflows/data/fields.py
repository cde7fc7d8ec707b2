"""A row's columns by name, with what each of them was read as."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, KeysView, Mapping
from typing import Any

from citing_app.errors import CitingError
from citing_app.workflows.data.chats import is_chat
from citing_app.workflows.data.raw import plain_name
from citing_app.workflows.data.values import is_blank, parsed, text

SEVERAL = frozenset({"instances", "answers", "outputs", "targets", "references", "history"})
"""Columns with a list in them, which a CSV holds as JSON."""
CHATS = frozenset({"prompt", "completion", "chosen", "rejected"})
"""Columns with a text or with chat messages."""
_AS_JSON = SEVERAL | CHATS
KEPT, DROPPED = "metadata", "nothing"
"""What a column can be mapped to besides the names that are looked up."""
_NOWHERE = ""


class Fields:
    """A row's columns by name, in any case of letters and without white space around; it keeps which were read.

    Of two columns of one name the first that is filled counts. `mapping` says by their plain names under which name
    columns are looked up; those that have this name themselves are then not found under it.
    """

    def __init__(self, columns: Iterable[tuple[str, Any]], mapping: Mapping[str, str] | None = None) -> None:
        self._columns = [_column(name, value, mapping or {}) for name, value in columns]
        self._places: dict[str, int] = {}
        self._roles: dict[int, str] = {}
        for place, (key, _, value) in enumerate(self._columns):
            if key not in self._places or (is_blank(self.peek(key)) and not is_blank(value)):
                self._places[key] = place

    @property
    def names(self) -> KeysView[str]:
        """The names of all columns, empty ones too."""
        return self._places.keys()

    def peek(self, name: str) -> Any:
        """What the column holds, None where there is none. It does not count as read."""
        return self._columns[self._places[name]][2] if name in self._places else None

    def take(self, name: str, role: str | None = None) -> Any:
        """What the column holds, None where there is none; `role` is what it becomes, its name by default."""
        if name in self._places:
            self._roles.setdefault(self._places[name], role or name)
        return self.peek(name)

    def becomes(self, name: str, role: str) -> None:
        """Note that a column which was read is something else than what it was taken for."""
        self._roles[self._places[name]] = role

    def was_read(self, name: str) -> bool:
        """Whether the column has been taken."""
        return self._places.get(name) in self._roles

    def text(self, name: str, role: str | None = None) -> str:
        """What the column holds as text, "" where there is no such column. Raises CitingError where it is none."""
        return text(self.take(name, role), name) if name in self._places else ""

    def first(
        self, names: Collection[str], is_readable: Callable[[Any], bool], firm: Collection[str] = ()
    ) -> str | None:
        """The first of these names whose column is filled and can be read, or is one of the `firm` ones, which must be;
        None where there is none."""
        for name in () if self._places.keys().isdisjoint(names) else names:
            if name in self._places and not is_blank(value := self.peek(name)) and (name in firm or is_readable(value)):
                return name
        return None

    def roles(self) -> dict[str, str]:
        """What each column became that was read and held something, by the names that the file has."""
        read = ((self._columns[place], role) for place, role in self._roles.items())
        return {name: role for (_, name, value), role in read if not is_blank(value)}

    def rest(self) -> Iterator[tuple[str, Any]]:
        """The columns, as the file names them, that held something which was not read."""
        for place, (_, name, value) in enumerate(self._columns):
            if place not in self._roles and not is_blank(value):
                yield name, value


def _column(name: str, value: Any, mapping: Mapping[str, str]) -> tuple[str, str, Any]:
    """The name under which a column is looked up, its own, and what it holds."""
    key = plain = plain_name(name)
    if mapping:
        if plain in mapping:
            key = _NOWHERE if mapping[plain] in (KEPT, DROPPED) else mapping[plain]
        elif plain in mapping.values() or (plain == "instruction" and "messages" in mapping.values()):
            key = _NOWHERE
    return key, name, unpacked(value, key)


def shown(name: str, longest: int = 40) -> str:
    """A column's name as a person reads it: one line of printable characters, not a long one."""
    line = "".join(character if character.isprintable() else "\ufffd" for character in name.strip()) or '""'
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def unpacked(value: Any, name: str) -> Any:
    """What the column `name` holds as JSON where a CSV could write it in no other way: a list or chat messages."""
    if name not in _AS_JSON or not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        found = parsed(value, "")
    except CitingError:
        return value
    return found if name in SEVERAL or is_chat(found) else value
