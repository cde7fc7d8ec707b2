"""Answers that name who wrote them: a blind vote on such an answer is not blind."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SELF = r"\b(?:as|i am|i'm|i’m|my name is|call me)\s+(?:an?\s+|the\s+)?"
_FAMILIES = (
    r"(?:chat\s?gpt|gpt|claude|gemini|bard|(?:meta\s)?llama|alpaca|vicuna|mistral|mixtral|qwen|deepseek|smollm|phi-\d|"
    r"text-davinci|davinci|falcon|gemma|copilot|ernie|chatglm)"
)
_OWNERS = r"(?:openai|anthropic|google|meta|microsoft|mistral|alibaba|deepseek|hugging\s?face)"
_ENGLISH = re.compile(
    rf"{_SELF}{_FAMILIES}(?![a-z])|\b(?:trained|made|created|developed|built)\s+by\s+{_OWNERS}\b", re.IGNORECASE
)
_CHINESE = re.compile(
    r"(?:我是|作为|我叫)\s*(?:一个)?\s*(?:ChatGPT|GPT|Claude|通义千问|Qwen|文心一言|DeepSeek)", re.IGNORECASE
)
_TOO_COMMON = {"base", "student", "model"}


def names_its_maker(text: str, names: Iterable[str]) -> bool:
    """Whether an answer says who wrote it: as "As GPT-4, I …" does, or with one of these names of models.

    A name that is a common word says nothing. A flag for a person to see, which decides nothing: "round 3" may be of a
    boxing match.
    """
    if _ENGLISH.search(text) or _CHINESE.search(text):
        return True
    told = [re.escape(name) for name in names if len(name) > 3 and name.lower() not in _TOO_COMMON]
    return bool(told) and re.search(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)", text, re.IGNORECASE) is not None
