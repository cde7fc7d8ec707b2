"""An answer is written: in the background, kept as it grows, whoever looks on."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.running.writers import Writing
from citing_app.store import chats
from citing_app.store.chats import ChatTurn, TurnState
from citing_app.types import Turn
from citing_app.workflows.chats.chatting import Answer, chat
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.studio import Studio

MOST_AT_ONCE = 32
_KEPT_EVERY_SECONDS = 2.0
_FAULT = "Something went wrong here; the log has the details."
log = logging.getLogger(__name__)


def ensure_room(studio: Studio) -> None:
    """Raise CitingError where as many answers are being written as may be."""
    if len(studio.writers.now()) >= MOST_AT_ONCE:
        raise CitingError("Too many answers are being written now; wait until one has ended.")


def start(studio: Studio, turn: ChatTurn, asked: Chat, history: Sequence[ChatTurn]) -> None:
    """Begin to write this answer, whose turn is kept already, to a question after `history`."""
    before = tuple(Turn(one.role, one.content) for one in history)
    studio.writers.start(turn.id, turn, lambda writing: _write(studio, turn, asked, before, writing))


def stop_in(studio: Studio, conversation: str) -> None:
    """End what is being written in this conversation; what is written of it stays."""
    now = studio.writers.now()
    studio.writers.stop([key for key, one in now.items() if one.latest.conversation == conversation])


def _write(studio: Studio, turn: ChatTurn, asked: Chat, history: Sequence[Turn], writing: Writing) -> None:
    """Write the answer to its end, whatever that is; `latest` is the turn as it is by now."""
    state: TurnState
    kept = time.monotonic()
    try:
        for answer in chat(studio, asked, history, writing.stopped.is_set):
            writing.latest = _grown(turn, answer)
            if time.monotonic() - kept >= _KEPT_EVERY_SECONDS:
                kept = time.monotonic()
                _keep(studio, writing.latest, "writing")
        state, reason = "done", None
    except Cancelled:
        state, reason = "stopped", None
    except CitingError as error:
        state, reason = "failed", str(error)
    except Exception:
        log.exception("an answer could not be written")
        state, reason = "failed", _FAULT
    told = {name: value for name, value in writing.latest.about.items() if name != "waiting"}
    _keep(studio, replace(writing.latest, about=told | ({"reason": reason} if reason else {})), state)


def _grown(turn: ChatTurn, answer: Answer) -> ChatTurn:
    """The turn with what is written of its answer: the revision once there is some, and the draft beside it."""
    about: dict[str, Any] = {
        **turn.about,
        "author": answer.author,
        "signature": answer.model,
        "left_out": answer.left_out,
    }
    if answer.waiting and not answer.draft:
        about["waiting"] = answer.waiting
    if answer.assignment is not None:
        about["rubric"] = _rubric(answer)
    if answer.revision:
        about["draft"] = answer.draft
    return replace(turn, content=answer.revision or answer.draft, about=about)


def _rubric(answer: Answer) -> str:
    if answer.assignment is None or answer.rubric is None:
        return "no matching rubric, so only: correct, helpful"
    criteria = ", ".join(criterion.name for criterion in answer.rubric.criteria)
    return f"{answer.rubric.category} {answer.assignment.similarity:.2f} · {criteria}"


def _keep(studio: Studio, turn: ChatTurn, state: TurnState) -> None:
    with studio.store.write() as cursor:
        chats.write(cursor, turn.id, turn.content, state, turn.about)


def as_it_is(turn: ChatTurn, writing: Mapping[str, Writing]) -> ChatTurn:
    """The turn with what is written by now, where it is among those being written."""
    found: ChatTurn = writing[turn.id].latest if turn.id in writing else turn
    return found
