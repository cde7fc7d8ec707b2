"""`vote` on the command line: pairs of answers without names, asked one by one or voted on by a script."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Mapping
from typing import Any, get_args

from citing_app.cli.flags import add_flags
from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.workflows.evaluation.arena import voting
from citing_app.workflows.evaluation.arena.handing import Handed, PairView, one_pair
from citing_app.workflows.evaluation.arena.requests import NextPair, OneSession, Prefer, TakeBackVote, Vote
from citing_app.workflows.evaluation.arena.revealing import RevealView, reveal
from citing_app.workflows.evaluation.counting import counted
from citing_app.workflows.studio import Studio

_KEYS = {"l": "left", "r": "right", "t": "tie", "b": "both_bad", "s": "skip"}
_ASKED = "Which is better? l(eft), r(ight), t(ie), b(oth bad), s(kip), u(ndo), q(uit): "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `vote`."""
    add_flags(parser, NextPair, "pairs", "answer", "test_set", "reveal")
    models = NextPair.takes("models").about
    parser.add_argument("--model", dest="models", action="append", help=f"{models}; repeat for more")
    parser.add_argument("--as", dest="annotator", help="the name the votes carry")
    parser.add_argument("--pair", metavar="TOKEN", help="the pair to vote on, as it was shown")
    parser.add_argument("--prefer", choices=get_args(Prefer), help="the vote on that pair")
    add_flags(parser, Vote, "articulate", "in_depth", "comprehensive")
    parser.add_argument("--undo", action="store_true", help="take back your newest vote or skip in the open session")
    parser.add_argument("--names", action="store_true", help="end the session and show who wrote what")


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Vote once, undo, show the names, ask a person pair by pair, or else show the next pair as JSON."""
    person = Person(flags.annotator or studio.settings.annotator, "owner")
    if (flags.pair is None) != (flags.prefer is None):
        raise CitingError("A vote needs both: --pair TOKEN and --prefer.")
    if flags.names:
        shown = reveal(studio, OneSession(), person)
        return shown, _told(shown)
    if flags.undo:
        told = _undone(studio, person)
        return one_pair(told), _progress(told)
    if flags.pair is not None:
        asked = Vote.of({**vars(flags), "request_id": uuid.uuid4().hex})
        told = voting.vote(studio, asked, person)
        return one_pair(told), _progress(told)
    told = voting.next_pair(studio, NextPair.of(vars(flags)), person)
    if sys.stdin.isatty() and not flags.json:
        return _ask(studio, told, person)
    return one_pair(told), json.dumps(one_pair(told), ensure_ascii=False, indent=2)


def _ask(studio: Studio, told: Handed, person: Person) -> tuple[Mapping[str, Any], str]:
    """Pair after pair until the session or the person ends; the names at the session's end."""
    while told["next"]:
        print(_shown(told["next"][0], told["session"]["pairs"]))
        key = input(_ASKED).strip().lower()[:1]
        if key == "q":
            return one_pair(told), f"{_progress(told)} It goes on with the next `vote`."
        told = _answered(studio, told, key, person)
    shown = reveal(studio, OneSession.of({"session": told["session"]["session"]}), person)
    return shown, _told(shown)


def _answered(studio: Studio, told: Handed, key: str, person: Person) -> Handed:
    """The session after this key; a key that means nothing changes nothing, and a refusal is said."""
    try:
        if key == "u":
            return _undone(studio, person, told["session"]["session"])
        if key in _KEYS:
            body = {"pair": told["next"][0]["pair"], "prefer": _KEYS[key], "request_id": uuid.uuid4().hex}
            told = voting.vote(studio, Vote.of(body), person)
            if names := told["names"]:
                print(f"Left was {names['left']}, right was {names['right']}.")
    except CitingError as error:
        print(error)
    return told


def _undone(studio: Studio, person: Person, session: str = "") -> Handed:
    return voting.take_back(studio, TakeBackVote(session=session, request_id=uuid.uuid4().hex), person)


def _shown(pair: PairView, pairs: int) -> str:
    before = [f"{turn['role']}: {turn['content']}" for turn in pair["turns"]]
    task = "\n".join(filter(None, (*before, pair["instruction"], pair["input"])))
    flag = "An answer names who wrote it.\n" if pair["names_maker"] else ""
    return f"\n[{pair['place']} of {pairs}] {task}\n{flag}\n--- left\n{pair['left']}\n\n--- right\n{pair['right']}\n"


def _progress(told: Handed) -> str:
    session = told["session"]
    return f"{session['voted']} of {session['pairs']} pairs voted on, {session['skipped']} skipped."


def _told(shown: RevealView) -> str:
    lines = [f"{counted(shown['session']['voted'], 'vote')}."]
    for match in shown["matches"]:
        rates = match["rates"]["overall"]
        is_decided = rates["rate"] is not None and rates["low"] is not None
        rate = f" · win rate {rates['rate']:.0%} [{rates['low']:.0%}, {rates['high']:.0%}]" if is_decided else ""
        counts = f"{rates['wins']} won, {rates['ties']} tied, {rates['both_bad']} both bad, {rates['losses']} lost"
        lines.append(f"{match['model']} against {match['against']}: {counts}{rate}")
    return "\n  ".join(lines)
