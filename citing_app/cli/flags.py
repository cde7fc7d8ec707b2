"""Flags of the command line, read from a request: its fields with their bounds, and what is said of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from citing_app.errors import CitingError
from citing_app.workflows.request import Flag, Request, Value, Word

_NOTHING = (None, "", (), (None, None))
"""Defaults that say nothing, so that help does not tell them."""


def add_flags(parser: argparse.ArgumentParser, asked: type[Request], *names: str, **defaults: Any) -> None:
    """Add a flag for each of these fields; `defaults` are those that a command has of its own.

    What is out of bounds is wrong usage. A flag that is left out is None, which `Request.of` reads as the default.
    """
    for name in names:
        value, flag = asked.takes(name), f"--{name.replace('_', '-')}"
        if isinstance(value, Flag):
            parser.add_argument(flag, action="store_true", help=_help(value))
            continue
        field = asked.model_fields[name]
        words = value.words if isinstance(value, Word) else None
        default = defaults.get(name, None if field.is_required() else field.default)
        parser.add_argument(
            flag,
            type=_typed(value),
            choices=words,
            required=field.is_required(),
            default=defaults.get(name),
            help=_help(value) if default in _NOTHING else f"{_help(value)} (default: {default})",
        )


def _help(value: Value) -> str:
    return f"{value.about}. {value.why}".replace("%", "%%") if value.why else value.about


def _typed(value: Value) -> Callable[[str], Any]:
    """How argparse reads a flag of this kind."""

    def read(text: str) -> Any:
        try:
            return value.read_word(text)
        except CitingError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read
