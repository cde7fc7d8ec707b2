"""What a thought is: the part of a reply in which a model reasons before it answers. Everyone who reads replies asks
here, so that no thought becomes an answer, a draft or training data.

Only what stands before the answer is a thought:

    opened    The reply begins with an opening tag. The thought ends at the tag that closes it; where none does, the
              whole reply is thought.
    closed    A closing tag that nothing opened ends a thought that began with the reply: the opening tag was part of
              the prompt.

and so on, while another thought follows. Tags are the common ones in any case (`_OPENING`, `_CLOSING`), harmony's
channels among them. Further into an answer nothing is cut, since answers may speak of such tags:

  - A tag in code, in quotation marks or within a sentence ("the </think> tag") is a mention.
  - A reply that is one JSON value has no thought around it.
  - Thoughts that the draft begins with belong to the answer: as many of the reply's last ones, of the same form, stay.
  - A few models mark their thoughts in words (`_IN_WORDS`): those count where both marks are there.
  - Where the instruction speaks of such tags, only a tag that stands apart on its line, or a thought with an answer
    behind it, counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

_BASE = r"(?:think(?:ing)?|thoughts?|reasoning)"
_NAME = rf"(?:seed:|mm:|antml:|ant_?|longcat_|chain_of_|inner_)?(?:{_BASE}|scratchpad)"
_ATTRIBUTES = r"""(?:\s+[\w-]+\s*=\s*(?:"[^"]*"|'[^']*'))*"""
_BAR = r"\s*[|｜]?\s*"
_HEADER = r"[^<\n]*(?:<\|constrain\|>[^<\n]*)?"
_OPENING = "|".join(
    (
        rf"<{_BAR}{_NAME}{_ATTRIBUTES}{_BAR}>",
        r"\[\s*THINK\s*\]",
        rf"◁\s*{_BASE}\s*▷",
        rf"<[|｜](?:begin|start)_(?:of_)?{_BASE}[|｜]>|<[|｜]{_BASE}_(?:begin|start)[|｜]>",
        r"<\|channel>\s*\w*|<unused94>(?:thought)?",  # Gemma's
        rf"(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*(?:analysis|commentary){_HEADER}(?:<\|message\|>)?",
        r"\A(?-i:analysis(?=[A-Z]))",  # harmony, its control tokens taken out by the server
    )
)
_CLOSING = "|".join(
    (
        rf"<{_BAR}/{_BAR}{_NAME}{_BAR}>",
        r"\[\s*/\s*THINK\s*\]",
        rf"◁\s*/\s*{_BASE}\s*▷",
        rf"<[|｜]end_(?:of_)?{_BASE}[|｜]>|<[|｜]{_BASE}_end[|｜]>",
        r"<\|(?:begin_of_solution|start_response)\|>",
        r"<channel\|>|<unused95>",
        rf"(?:<\|end\|>\s*)?(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final{_HEADER}<\|message\|>",
        r"assistantfinal",
    )
)
_TAG = re.compile(rf"(?P<opening>{_OPENING})|(?P<closing>{_CLOSING})", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"""<details\s+type=["']reasoning["'][^>]*>.*?</details>"""  # Open WebUI's
    r"|Here(?:['’]s| is) my thought process:.*?Here(?:['’]s| is) my response:"  # Granite's
    r"|Here are my reasoning steps:.*?\[BEGIN FINAL RESPONSE\]"  # Apriel's
    r"|Thinking\.\.\.\s*\n.*?\n\.\.\.done thinking\.",  # as Ollama's terminal shows it
    re.DOTALL | re.IGNORECASE,
)
_END = (
    r"<\|(?:return|end|end_of_solution|end_response|im_end|eot_id|eom_id|end_?of_?text|end_of_turn)\|>"
    r"|<[|｜]end▁of▁sentence[|｜]>|<end_of_turn>|</s>|\[END FINAL RESPONSE\]"
)
_ENDS = re.compile(rf"(?:\s*(?:{_END}))+\s*\Z", re.IGNORECASE)
"""Control tokens behind an answer, from a server that does not know how its model ends."""
_MOST = 32  # thoughts in a row; more are a model that repeats itself
_WRAPPED = re.compile(r"\A<(answer|response|solution)>(.*)</\1>\Z", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n.*?^[ \t]*\1[ \t]*$|``[^\n]+?``|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"""[“‘「«]\Z|(?:^|[\s(（：，])["']\Z""")
_WITHIN = re.compile(r"[\w,] \Z")
_GOES_ON = re.compile(r" [a-z]|[,.;:!?)]|-\w")
_SPOKEN_OF = re.compile(r" (?:tags?|elements?|blocks?|markers?|tokens?|is an?|are|and|or)\b")
_BETWEEN = re.compile(r"\s*(?:and|or|to|…|\.\.\.|和|与|或|到)\s*")
_BLANKS = " \t\r\n\f\v\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True)
class Parted:
    """A reply without its thoughts, and whether it had any."""

    answer: str
    thinks: bool

    @property
    def is_only_thought(self) -> bool:
        """Whether the model thought and answered nothing."""
        return self.thinks and not self.answer


@dataclass(frozen=True)
class _Thought:
    """Where a thought ends, how it is marked, and whether it leaves an answer behind it."""

    end: int
    form: Literal["opened", "closed", "unclosed"]
    has_answer: bool = True


def parted(reply: str, draft: str = "", topic: str = "") -> Parted:
    """The answer in `reply`. `draft` is the text that it replaces, `topic` whatever else it may speak of.

    Without a thought the reply is returned as it is.
    """
    thoughts = _thoughts(reply, bool(_TAG.search(topic)))
    for its in reversed(_thoughts(draft)):
        if thoughts and _belongs(thoughts[-1], its):
            thoughts.pop()
    if not thoughts:
        return Parted(reply, False)
    answer = _without_ends(reply[thoughts[-1].end :]).strip(_BLANKS)
    wrapped = _WRAPPED.match(answer)
    if wrapped and f"<{wrapped[1]}>" not in draft + topic:
        answer = wrapped[2].strip(_BLANKS)
    return Parted(answer, True)


def without_end_tokens(answer: str, topic: str = "") -> str:
    """The answer without the control tokens that end it, unless the `topic`, or the answer itself, speaks of such."""
    ends = _ENDS.search(answer)
    if not ends or re.search(_END, topic, re.IGNORECASE) or ("<s>" in answer and "</s>" in ends[0]):
        return answer
    return answer[: ends.start()]


def marked(thought: str) -> str:
    """A thought that a server gave apart from the text, in tags: `parted` finds no answer in it."""
    return f"<think>\n{_TAG.sub('', thought).strip()}\n</think>"


def _without_ends(answer: str) -> str:
    """The answer behind a thought without the control tokens that end it, and without a closing tag too many."""
    answer = without_end_tokens(answer).rstrip(_BLANKS)
    ends = (tag.start() for tag in _unopened(answer, _tags(answer)) if tag.end() == len(answer))
    return answer[: next(ends, None)]


def _belongs(thought: _Thought, its: _Thought) -> bool:
    """Whether a reply's thought belongs to the answer, since the draft has `its` in the same place."""
    return thought.form == its.form != "unclosed" and thought.has_answer == its.has_answer


def _thoughts(text: str, is_topic: bool = False) -> list[_Thought]:
    """The thoughts that stand before the answer, with the place where each ends."""
    found: list[_Thought] = []
    at = 0
    while (thought := _first(text[at:], is_topic)) is not None:
        at += thought.end
        has_answer = bool(text[at:].strip(_BLANKS))
        if thought.form == "closed" and not has_answer and any(one.form == "opened" for one in found):
            break  # an answer after its thought, and a tag too many behind it
        found.append(_Thought(at, thought.form, has_answer))
        if len(found) == _MOST:
            return [*found, _Thought(len(text), "unclosed", False)]
    return found


def _first(text: str, is_topic: bool) -> _Thought | None:
    if words := _IN_WORDS.match(text.lstrip(_BLANKS)):
        return _Thought(len(text) - len(text.lstrip(_BLANKS)) + words.end(), "opened")
    tags = [] if _is_json(text) else _tags(text)
    if tags and tags[0]["opening"] and not text[: tags[0].start()].strip(_BLANKS):
        return _opened(text, tags, is_topic)
    return next((_Thought(tag.end(), "closed") for tag in _unopened(text, tags) if _closes(text, tag, is_topic)), None)


def _tags(text: str) -> list[re.Match[str]]:
    """The tags in a text that are not shown in code or quoted."""
    if (tags := list(_TAG.finditer(text))) and (code := [found.span() for found in _CODE.finditer(text)]):
        tags = [tag for tag in tags if not any(start <= tag.start() < end for start, end in code)]
    return [tag for tag in tags if not _QUOTED.search(text[max(0, tag.start() - 2) : tag.start()])]


def _opened(text: str, tags: list[re.Match[str]], is_topic: bool) -> _Thought | None:
    """The thought that the first of these tags opens, if it is no mention of the tag."""
    first, end = tags[0], _end(tags)
    if end is None:  # a fence that the thought leaves open hides the tag behind it
        apart = (tag for tag in _TAG.finditer(text, first.end()) if tag["closing"] and _stands_apart(text, tag))
        end = next(apart, None)
    inner = text[first.end() : end.start() if end else None]
    answer = text[end.end() :].strip(_BLANKS) if end else ""
    if _SPOKEN_OF.match(inner) or _BETWEEN.fullmatch(inner):
        return None
    if is_topic and not answer and not _stands_apart(text, first):
        return None
    return _Thought(end.end(), "opened") if end else _Thought(len(text), "unclosed")


def _end(tags: Iterable[re.Match[str]]) -> re.Match[str] | None:
    """The tag that closes the first one: the one that leaves none open, or else the first that closes any."""
    depth, first = 0, None
    for tag in tags:
        depth += 1 if tag["opening"] else -1
        first = first or (tag if tag["closing"] else None)
        if depth == 0:
            return tag
    return first


def _unopened(text: str, tags: Iterable[re.Match[str]]) -> Iterable[re.Match[str]]:
    """The closing tags that nothing opened. What a thought mentions within a line opens no block that ends below."""
    opened: list[re.Match[str]] = []
    for tag in tags:
        if tag["opening"]:
            opened.append(tag)
        elif not opened or (_is_inline(text, opened.pop()) and _stands_apart(text, tag)):
            yield tag


def _closes(text: str, tag: re.Match[str], is_topic: bool) -> bool:
    """Whether a closing tag that nothing opened ends a thought, and is no mention of the tag."""
    within = _WITHIN.search(text[max(0, tag.start() - 2) : tag.start()])
    is_mention = (within and _GOES_ON.match(text, tag.end())) or _SPOKEN_OF.match(text, tag.end())
    return _stands_apart(text, tag) or not (is_mention or is_topic)


def _stands_apart(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag has its line to itself, or ends its line before an empty one."""
    before, after = _line(text, tag)
    next_line = text[tag.end() :].split("\n", 2)[1:2]
    return not after and (not before or next_line == [""])


def _is_inline(text: str, tag: re.Match[str]) -> bool:
    return all(_line(text, tag))


def _line(text: str, tag: re.Match[str]) -> tuple[str, str]:
    """What stands before and after a tag on its line."""
    return text[: tag.start()].rpartition("\n")[2].strip(_BLANKS), text[tag.end() :].partition("\n")[0].strip(_BLANKS)


def _is_json(text: str) -> bool:
    with suppress(ValueError, RecursionError):
        return text.strip(_BLANKS)[:1] in ("{", "[") and json.loads(text, strict=False) is not None
    return False
