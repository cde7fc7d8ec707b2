"""What can be asked for, declared once: the fields, bounds and sentences that page, endpoint and command share.

A request is a model whose fields say what they take (`limit: Annotated[int, Whole("The number of items", 1, 50)] = 8`).
Anyone can call anything with anything, so `Request.of` is the one way from outside to a workflow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from citing_app.errors import CitingError

LARGEST_ID, LARGEST_COUNT, LARGEST_ROUND = 2**62, 2**31 - 1, 10**6
"""What the store can hold as a key, what it can count, and how many rounds or curricula there may be."""
LONGEST_KNOWN = 200
"""Characters of a name that is looked up among those there are."""


class Request(BaseModel):
    """Something that can be asked for; by itself, something that has no fields."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def of(cls, body: Any) -> Self:
        """The request in an object from outside: what is not a field is ignored, and null is as good as missing.

        Raises CitingError with one sentence for the first thing that is wrong.
        """
        if not isinstance(body, Mapping):
            raise CitingError("The request is not an object with named fields.")
        given = {name: body.get(name) for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if cls._counts(name, value)})

    @classmethod
    def takes(cls, name: str) -> Value:
        """What the field of this name takes."""
        return next(one for one in cls.model_fields[name].metadata if isinstance(one, Value))

    @classmethod
    def whys(cls) -> dict[str, str]:
        """The sentences that help to choose, by field: what a form shows."""
        return {name: cls.takes(name).why for name in cls.model_fields if cls.takes(name).why}

    @classmethod
    def _counts(cls, name: str, value: Any) -> bool:
        """Whether a value is read: a blank one leaves a field at its default, and is wrong where there is none."""
        return cls.model_fields[name].is_required() or not cls.takes(name).is_blank(value)


@dataclass(frozen=True)
class Value:
    """What a field takes.

    `title` names it in a sentence and `about` says in a few words what it is for, on the command line and in the list
    of endpoints; `why` is a sentence that helps to choose, which forms show beside it and `--help` too.
    """

    title: str
    about: str = field(default="", kw_only=True)
    why: str = field(default="", kw_only=True)

    def read(self, value: Any) -> Any:
        """The value as the workflow takes it. Raises CitingError for one that the field cannot have."""
        raise NotImplementedError

    def read_word(self, word: str) -> Any:
        """The value as a command line gives it, in one word. Raises CitingError as `read` does."""
        return self.read(word)

    def is_blank(self, value: Any) -> bool:
        """Whether this is how a form or a call says nothing."""
        return value is None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = core_schema.no_info_plain_validator_function(self.read)
        return core_schema.nullable_schema(schema) if type(None) in get_args(source) else schema


@dataclass(frozen=True)
class Whole(Value):
    """A whole number between `low` and `high`, given as a number or as digits."""

    low: int
    high: int

    def read(self, value: Any) -> int:
        if isinstance(value, float) and math.isfinite(value) and value == int(value):
            value = int(value)
        if isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise CitingError(f"{self.title} is a whole number between {self.low:,} and {self.high:,}.")
        return value

    def is_blank(self, value: Any) -> bool:
        return value is None or value == ""


@dataclass(frozen=True)
class Number(Value):
    """A finite number between `low` and `high`."""

    low: float
    high: float

    def read(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise CitingError(f"{self.title} is a number between {self.low:,} and {self.high:,}.")
        return float(value)

    def read_word(self, word: str) -> float:
        try:
            return self.read(float(word))
        except ValueError:
            return self.read(word)  # which is refused in its own words

    def is_blank(self, value: Any) -> bool:
        return value is None or value == ""


@dataclass(frozen=True)
class Text(Value):
    """A text of at most `longest` characters that can be stored and sent."""

    longest: int

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise CitingError(f"{self.title} is a text.")
        if len(value) > self.longest:
            raise CitingError(f"{self.title} is longer than {self.longest:,} characters.")
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise CitingError(f"{self.title} holds a character that is no text.")
        return value


@dataclass(frozen=True)
class Word(Value):
    """One of some words."""

    words: Sequence[str]

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise CitingError(f"{self.title} is one of {', '.join(self.words[:-1])} and {self.words[-1]}.")
        return value


@dataclass(frozen=True)
class Flag(Value):
    """True or false, and no word for either: what "false" would mean is nobody's guess."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise CitingError(f"{self.title} is true or false.")
        return value


@dataclass(frozen=True)
class Many(Value):
    """A list of at most `most` values, each of the kind `one`."""

    one: Value
    most: int

    def read(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise CitingError(f"{self.title} are a list of at most {self.most:,}.")
        return tuple(self.one.read(element) for element in value)

    def read_word(self, word: str) -> tuple[Any, ...]:
        return self.read([one.strip() for one in word.split(",") if one.strip()])


@dataclass(frozen=True)
class Numbered(Value):
    """An object with whole numbers for names and short texts, at most `most` of them."""

    most: int

    def read(self, value: Any) -> dict[int, str]:
        if not isinstance(value, Mapping) or len(value) > self.most:
            raise CitingError(f"{self.title} are an object of at most {self.most:,} numbered texts.")
        number, text = Whole(self.title, 1, self.most), Text(self.title, 200)
        return {number.read(name): text.read(given) for name, given in value.items()}


@dataclass(frozen=True)
class Chosen(Value):
    """An object with one of some words for each of at most `most` names; names of more than `longest` characters are
    refused."""

    words: Sequence[str]
    longest: int
    most: int

    def read(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or len(value) > self.most:
            raise CitingError(f"{self.title} is an object of at most {self.most:,} names.")
        name, word = Text(self.title, self.longest), Word(self.title, self.words)
        return {name.read(key): word.read(given) for key, given in value.items()}


@dataclass(frozen=True)
class Part(Value):
    """An object that is a request of its own."""

    model: type[Request]

    def read(self, value: Any) -> Request:
        if isinstance(value, self.model):
            return value
        if not isinstance(value, Mapping):
            raise CitingError(f"{self.title} is an object.")
        return self.model.of(value)

    def is_blank(self, value: Any) -> bool:
        return not value
