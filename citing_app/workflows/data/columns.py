"""A row's columns: the names that questions, inputs and answers commonly have, and which of them were read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from citing_app.errors import CitingError
from citing_app.workflows.data.chats import is_chat
from citing_app.workflows.data.values import is_blank, is_scalar, parsed, text

QUESTIONS = ("instruction", "messages", "prompt", "question", "query", "problem", "inputs", "input")
"""Where an instruction stands: the first of these that is filled counts. So with inputs and answers."""
INPUTS = ("input", "context", "passage", "document", "article", "inputs")
ANSWERS = (
    *("output", "response", "answer", "target", "completion", "chosen"),
    *("answers", "outputs", "targets", "solution", "reference", "references", "reference_answer"),
    *("expected_output", "ground_truth", "correct_answer", "best_answer", "ideal"),
)
_OURS = frozenset({"instruction", "messages", "prompt", "input", "output"})
"""What these hold must be readable: a row is turned down for it, not read without it."""
_SEVERAL = frozenset({"instances", "answers", "outputs", "targets", "references"})
_BESIDE = frozenset({"answers", "targets", "references"})
"""Lists of accepted answers, read beside the column that the first one came from."""
_CHATS = frozenset({"prompt", "completion", "chosen"})
_OTHERS = ("category", "rubric_version", "draft", "revision", "edits", "draft_author", "revision_author", "instances")
_KNOWN = frozenset((*QUESTIONS, *INPUTS, *ANSWERS, *_OTHERS, "draft_model", "revision_model", "label", "kto_tag"))
_WITHIN = ("text", "value", "content")
_DEEPEST = 4


class Fields:
    """A row's columns by name, in any case of letters and without white space around; it keeps which were read.

    Of two columns of one name the first that is filled counts.
    """

    def __init__(self, columns: Iterable[tuple[str, Any]]) -> None:
        self._columns = [(plain(name), name, unpacked(value, plain(name))) for name, value in columns]
        self._places: dict[str, int] = {}
        self._read: set[int] = set()
        for place, (name, _, value) in enumerate(self._columns):
            if name not in self._places or (is_blank(self.peek(name)) and not is_blank(value)):
                self._places[name] = place

    @property
    def names(self) -> set[str]:
        """The names of all columns, empty ones too."""
        return set(self._places)

    def peek(self, name: str) -> Any:
        """What the column holds, None where there is none. It does not count as read."""
        return self._columns[self._places[name]][2] if name in self._places else None

    def take(self, name: str) -> Any:
        """What the column holds, None where there is none."""
        if name in self._places:
            self._read.add(self._places[name])
        return self.peek(name)

    def was_read(self, name: str) -> bool:
        """Whether the column has been taken."""
        return self._places.get(name) in self._read

    def text(self, name: str) -> str:
        """What the column holds as text. Raises CitingError where it is none."""
        return text(self.take(name), name)

    def first(self, names: Iterable[str], is_readable: Callable[[Any], bool]) -> str | None:
        """The first of these names whose column is filled and can be read; None where there is none."""
        filled = (name for name in names if not is_blank(self.peek(name)))
        return next((name for name in filled if name in _OURS or is_readable(self.peek(name))), None)

    def unread(self) -> tuple[str, ...]:
        """The names, as the file has them, of the columns that held something which was not read."""
        return tuple(
            name
            for place, (_, name, value) in enumerate(self._columns)
            if place not in self._read and not is_blank(value)
        )


def plain(name: str) -> str:
    """A column's name as it is looked up."""
    return name.strip().casefold()


def unknown(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of a row's columns that hold something and that no row is read from."""
    return tuple(name for name, value in raw.items() if plain(name) not in _KNOWN and not is_blank(value))


def shown(name: str, longest: int = 40) -> str:
    """A column's name as a person reads it: one line of printable characters, not a long one."""
    line = "".join(character if character.isprintable() else "\ufffd" for character in name.strip()) or '""'
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def unpacked(value: Any, name: str) -> Any:
    """What the column `name` holds as JSON where a CSV could write it in no other way: a list or chat messages."""
    if name not in _SEVERAL | _CHATS or not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        found = parsed(value, "")
    except CitingError:
        return value
    return found if name in _SEVERAL or is_chat(found) else value


def answer_in(value: Any, deepest: int = _DEEPEST) -> Any:
    """An answer as text, number or chat messages: of several that are accepted the first. None: there is none."""
    if is_blank(value) or not deepest:
        return None
    if is_scalar(value) or is_chat(value):
        return value
    within = [value.get(name) for name in _WITHIN] if isinstance(value, dict) else value
    found = (answer_in(one, deepest - 1) for one in (within if isinstance(within, list) else ()))
    return next((one for one in found if one is not None), None)


def references(fields: Fields, output: str) -> tuple[str, ...]:
    """The accepted answers besides `output`, once it has been read: what else its own column holds, and the lists
    beside it. Raises CitingError where one is no text."""
    if not output:
        return ()
    read = [name for name in ANSWERS if fields.was_read(name)]
    read += [name for name in ANSWERS if name in _BESIDE and isinstance(fields.peek(name), list | dict)]
    read = [name for name in dict.fromkeys(read) if accepted_in(fields.peek(name))]
    found = [text(one, name) for name in read for one in accepted_in(fields.take(name))]
    return tuple(one for one in dict.fromkeys(found) if one != output)


def accepted_in(value: Any, deepest: int = _DEEPEST) -> list[Any]:
    """All answers that a value holds, text or number, in order; an answer in chat messages is none of them."""
    if is_blank(value) or not deepest or is_chat(value):
        return []
    if is_scalar(value):
        return [value]
    if isinstance(value, dict):
        within = (accepted_in(value.get(name), deepest - 1) for name in _WITHIN)
        return next(filter(None, within), []) + accepted_in(value.get("aliases"), deepest - 1)  # aliases: TriviaQA
    return [found for one in value for found in accepted_in(one, deepest - 1)] if isinstance(value, list) else []


def is_marked_bad(fields: Fields) -> bool:
    """Whether a truth value says that the row's answer is a bad one (KTO). A number is none: it may be a class."""
    for name in ("label", "kto_tag"):
        said = str(fields.peek(name)).strip().casefold()
        if said in ("true", "false"):
            fields.take(name)
            return said == "false"
    return False
