"""What a teacher's reply says, read tolerantly: servers and models wrap answers in fences, thoughts and small talk."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from citing_app.method.fence import mended, without_fence
from citing_app.method.thoughts import parted, without_end_tokens

_FENCE = "```"
_QUOTES = (('"', '"'), ("“", "”"))
_TAGGED = re.compile(r"(<(?:answer|response|solution|revision)>|<\|begin_of_box\|>)(.*)(<[^<]+>)\Z", re.DOTALL)
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")
_REFUSAL = re.compile(
    r"\A\s*(?:(?:I['’]?m|I am) (?:very |so |truly )?sorry|Sorry|I apologi[sz]e|As an AI|I can(?:no|['’])t|I am unable)"
    r"[^\n]{0,80}(?:can(?:no|['’])t|unable|not able|won['’]t)",
    re.IGNORECASE,
)
_LONGEST_REFUSAL = 400


class Unusable(ValueError):
    """A reply that does not hold what was asked for; the message says what is missing, for the teacher to mend it."""


def answer_text(reply: str, draft: str, topic: str = "") -> str:
    """The answer in `reply`, without thoughts before it, control tokens behind it, or a fence, quotation marks or a tag
    around it all.

    What the draft has too belongs to the answer; `topic`: see `parted`.
    """
    known = f"{draft}\n{topic}"
    text = without_fence(parted(mended(reply), draft, topic).answer).strip()
    text = without_end_tokens(text, known)
    inner = _unwrapped(text, draft.strip(), known)
    return text if inner == text else parted(inner, draft, topic).answer  # a fence may stand around the thought as well


def _unwrapped(text: str, draft: str, known: str) -> str:
    """The text without what stands around it all."""
    tagged = _TAGGED.match(text)
    if tagged and tagged[3] in (tagged[1].replace("<", "</"), "<|end_of_box|>") and tagged[1] not in known:
        return tagged[2].strip()
    lines = text.splitlines()
    is_fenced = len(lines) > 2 and text.count(_FENCE) == 2 and lines[0].startswith(_FENCE) and lines[-1] == _FENCE
    if is_fenced and _FENCE not in draft:
        return "\n".join(lines[1:-1]).strip()
    for opening, closing in _QUOTES:
        around = len(text) > 2 and text.startswith(opening) and text.endswith(closing)
        if around and not {opening, closing} & set(text[1:-1]) and not draft.startswith(opening):
            return text[1:-1].strip()
    return text


def json_object(reply: str) -> dict[str, Any]:
    """The first JSON object in `reply` that is not in a thought. Raises Unusable where there is none."""
    text = parted(mended(reply)).answer
    # Models like a comma after the last element. A space in its place leaves every brace where it was.
    without_commas = _LAST_COMMA.sub(" ", text)
    for brace in re.finditer(r"\{", text):
        for candidate in (text, without_commas):
            with suppress(ValueError, RecursionError):
                value: dict[str, Any] = json.JSONDecoder(strict=False).raw_decode(candidate, brace.start())[0]
                return value
    raise Unusable("It holds no JSON object.")


def field_of(value: dict[str, Any], name: str, kind: type[Any]) -> Any:
    """`value[name]`, which must be of this kind. Raises Unusable otherwise."""
    found = value.get(name)
    if not isinstance(found, kind):
        raise Unusable(f"“{name}” is missing or is no {kind.__name__}.")
    return found


def is_refusal(reply: str, draft: str) -> bool:
    """Whether `reply` turns the request down instead of answering it, in a draft's place that does not."""
    return len(reply) <= _LONGEST_REFUSAL and bool(_REFUSAL.match(reply)) and not _REFUSAL.match(draft)
