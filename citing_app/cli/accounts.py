"""The command `user`: the accounts of a team, which change only while no app holds the data folder."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict
from typing import Any, get_args

from citing_app.errors import CitingError
from citing_app.types import Role
from citing_app.workflows.people import accounts
from citing_app.workflows.studio import Studio

Result = dict[str, Any]


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Give `user` its actions: add, password, remove, list."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; its password is asked for, or read from standard input")
    add.add_argument("--role", choices=get_args(Role), help="default: owner for the first account, then annotator")
    password = actions.add_parser("password", help="give an account a new password, which ends its logins")
    remove = actions.add_parser("remove", help="remove an account and end its logins; its decisions stay")
    for command, action in ((add, _add), (password, _password), (remove, _remove)):
        command.add_argument("name", metavar="NAME")
        command.set_defaults(action=action)
    actions.add_parser("list", help="who has an account").set_defaults(action=_list)


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    """Do what the chosen action says; the result and a sentence on it."""
    found: tuple[Result, str] = flags.action(studio, flags)
    return found


def _add(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    person = accounts.add(studio.store, flags.name, _typed(flags.name), flags.role)
    return asdict(person), f"{person.name} has an account now, as {person.role}; from now on the app needs a login."


def _password(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    person = accounts.set_password(studio.store, flags.name, _typed(flags.name))
    return asdict(person), f"{person.name} has a new password and has to log in again."


def _remove(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    person = accounts.remove(studio.store, flags.name)
    left = "" if accounts.exist(studio.store) else " There is no account left: the app needs no login any more."
    return asdict(person), f"{person.name} has no account any more.{left}"


def _list(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    found = accounts.everyone(studio.store)
    lines = [f"{person.name:20} {person.role:10} since {since:%Y-%m-%d}" for person, since in found]
    rows = [{**asdict(person), "since": since.isoformat()} for person, since in found]
    return {"accounts": rows}, "\n".join(lines) or "There are no accounts: the app needs no login."


def _typed(name: str) -> str:
    """A password typed twice, or one line of standard input where nobody types."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise CitingError("The two passwords differ; nothing was changed.")
    return password
