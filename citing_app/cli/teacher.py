"""The command `teacher`: models behind endpoints added, listed, tested, changed and removed."""

from __future__ import annotations

import argparse
from typing import Any

from citing_app.cli.console import ConsoleJob
from citing_app.cli.flags import add_flags
from citing_app.workflows.calls.requests import AddModel, ModelSettings, SetModel
from citing_app.workflows.drafts import adding, checking
from citing_app.workflows.drafts.models_view import ModelView, models_view
from citing_app.workflows.studio import Studio

Result = dict[str, Any]


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Give `teacher` its actions: add, list, test, set, remove."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a model behind an endpoint; its key comes from the environment")
    add.add_argument("model", metavar="MODEL", help=AddModel.takes("model").about)
    add_flags(add, AddModel, "provider", "url", "name", "as_judge", *ModelSettings.model_fields)
    add.set_defaults(action=_add)
    actions.add_parser("list", help="all models, and how they are asked").set_defaults(action=_list)
    change = actions.add_parser("set", help="change how a teacher or judge is asked; what is not named stays")
    change.add_argument("--clear", action="store_true", help="forget what was set before")
    add_flags(change, SetModel, "url", *ModelSettings.model_fields)
    test = actions.add_parser("test", help="ask a teacher or judge one short question")
    remove = actions.add_parser("remove", help="remove a teacher that was added; what it wrote stays")
    for command, action in ((change, _set), (test, _test), (remove, _remove)):
        command.add_argument("name", metavar="NAME")
        command.set_defaults(action=action)


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    """Do what the chosen action says; the result and a sentence on it."""
    found: tuple[Result, str] = flags.action(studio, flags)
    return found


def _add(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    name = adding.add_teacher(studio, AddModel.of(vars(flags)), studio.settings.annotator)
    return {"name": name}, f"{name} was added; choose on the Teacher page what it revises."


def _list(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    view = models_view(studio, is_owner=True)
    found = [*view["teachers"], *view["judges"]]
    return {"models": found}, "\n".join(map(_line, found)) or "There is no model: the reference answers teach."


def _set(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    before = {} if flags.clear else adding.settings_of(adding.stored_settings(studio, flags.name))
    given = {name: value for name in ModelSettings.model_fields if (value := getattr(flags, name)) is not None}
    asked = SetModel.of({**before, **given, "teacher": flags.name, "url": flags.url})
    adding.set_teacher(studio, asked, studio.settings.annotator)
    settings = adding.settings_of(asked)
    return {"name": flags.name, "settings": settings}, f"{flags.name}: {_told(settings)}."


def _test(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    sentence = checking.check_now(studio, flags.name, ConsoleJob("check", "Testing"))
    return {"name": flags.name, "told": sentence}, sentence


def _remove(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    datasets = adding.remove_teacher(studio, flags.name, studio.settings.annotator)
    others = f" These data sets now use other teachers: {', '.join(datasets)}." if datasets else ""
    return {"name": flags.name, "datasets": datasets}, f"{flags.name} was removed.{others}"


def _line(one: ModelView) -> str:
    key = "key found" if one["has_key"] else "no key needed" if one["is_local"] else f"no key in {one['key']}"
    given = "set at startup" if one["is_given"] else "added"
    return f"{one['name']}: {one['model']} at {one['server']}, {key}, {given}; {_told(one['settings'] or {})}"


def _told(settings: dict[str, Any]) -> str:
    """What is set, in a few words."""
    found = [f"{name.replace('_', ' ')} {value}" for name, value in settings.items() if value is not None]
    return ", ".join(found) or "settings as usual"
