"""A question to a teacher, and what its answer is worth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from citing_app.method.fence import mended
from citing_app.method.replies import Unusable, is_refusal
from citing_app.method.thoughts import parted
from citing_app.models.chat_model import Call, ChatModel, Reply
from citing_app.models.completion import BROKEN_OFF

Outcome = Literal["ok", "unchanged", "empty", "refused", "truncated", "filtered", "malformed", "failed", "unknown"]
Purpose = Literal["revise", "propose", "merge", "sort", "rubric", "judge", "check"]


_THOUGHT_TOO_LONG = (
    "Thinking used up the answer's tokens; in the model's settings on the Teacher page, raise the longest answer or "
    "lower the reasoning effort."
)


@dataclass(frozen=True)
class Question:
    """Something to ask. `read` makes a value of the reply's text and raises Unusable where it does not hold one.

    `draft` is the text that the reply is to replace, where there is one, and `topic` what else the reply may speak of:
    a refusal and a thought are told from an answer by them. `about` is whatever the asker wants to find again in the
    answer. `mends`: a reply that cannot be read is asked for once more.
    """

    purpose: Purpose
    call: Call
    prompt_hash: str
    read: Callable[[str], Any]
    item_id: int | None = None
    draft: str = ""
    topic: str = ""
    about: Any = None
    is_unchanged: Callable[[Any], bool] = lambda value: False
    mends: bool = True


@dataclass(frozen=True)
class Answer:
    """What came of a question. `value` is set for "ok" and "unchanged"; else `reason` is a sentence.

    `key` is that of the call in the ledger, which holds the reply.
    """

    question: Question
    outcome: Outcome
    value: Any = None
    reason: str | None = None
    raw: str | None = None
    seconds: float = 0.0
    key: str = ""


def key_of(model: ChatModel, call: Call) -> str:
    """The sha256 of model, server, parameters and messages: what makes two calls the same call to this model."""
    names = [model.name] if model.served_as is None else [model.name, model.served_as]
    call = model.bounded(call)
    same = [*names, model.url, call.max_tokens, call.schema, list(call.messages)]
    return hashlib.sha256(json.dumps(same, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()


def judge(question: Question, reply: Reply) -> tuple[Outcome, Any, str | None]:
    """What a reply is worth: its outcome, the value read from it, and why there is none."""
    said = parted(mended(reply.text or ""), question.draft, question.topic)
    is_cut, only_thought = reply.finish == "length", said.is_only_thought
    for holds, outcome, reason in (
        (reply.text is None, "malformed", "The reply is not a chat completion; check the URL."),
        (reply.finish == "content_filter", "filtered", "The server's content filter stopped the reply."),
        (reply.refused or is_refusal(said.answer, question.draft), "refused", "The model refused."),
        (reply.finish == BROKEN_OFF, "truncated", "The server broke the reply off with an error."),
        (is_cut and only_thought, "truncated", _THOUGHT_TOO_LONG),
        (is_cut, "truncated", "The reply was cut off at its greatest length."),
        (only_thought, "empty", "The model only thought; its reply holds no answer."),
        (not said.answer.strip(), "empty", "The reply is empty."),
    ):
        if holds:
            return outcome, None, reason  # type: ignore[return-value]
    try:
        value = question.read(reply.text or "")
    except Unusable as error:
        return "malformed", None, f"The reply cannot be used: {error}"
    return "unchanged" if question.is_unchanged(value) else "ok", value, None
