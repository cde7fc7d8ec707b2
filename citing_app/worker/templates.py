"""How chat messages become the token ids a student reads, the same for the trainer and for generation.

The student's own chat template is used; a student without one gets Alpaca's. Text that came from a person, a file or
a model is always text: a control token spelled out in it (`<|im_end|>`) is encoded as ordinary characters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.answer_start import without_thoughts
from citing_app.method.chat_shapes import frame, taken
from citing_app.method.prompts import ALPACA_TEMPLATE
from citing_app.types import Message

_PROBE = "ANSWER"


def ensure_chat_template(tokenizer: Any) -> None:
    """Give `tokenizer` Alpaca's template where it has none, and the end of text as padding where it has none.

    Under its template an answer follows that is no thought (method/answer_start.py). Raises CitingError for a tokenizer
    without an end of text, as nothing could stop an answer, and for a template that cannot show a question.
    """
    if tokenizer.eos_token_id is None:
        raise CitingError("This student's tokenizer has no end-of-text token; choose a student that has one.")
    if not tokenizer.chat_template:
        tokenizer.chat_template = ALPACA_TEMPLATE
    render = partial(tokenizer.apply_chat_template, add_generation_prompt=True, tokenize=False)
    if frame(["user"], render) is None:
        raise CitingError(
            "This student's chat template fails: it does not show a question. Fix its chat_template.jinja (or "
            "chat_template in tokenizer_config.json), or delete it to use Alpaca's template."
        )
    tokenizer.chat_template = without_thoughts(
        tokenizer.get_chat_template(), lambda given: render([{"role": "user", "content": "?"}], chat_template=given)
    )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token


def prompt_ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Token ids of `messages` up to the point where the assistant's next answer begins."""
    ids: list[int] = tokenizer.apply_chat_template(
        as_taken(tokenizer, messages), add_generation_prompt=True, sanitize_control_tokens=True, return_dict=False
    )
    return ids


def as_taken(tokenizer: Any, messages: Sequence[Message]) -> list[Message]:
    """`messages` in the shape that the student's template takes (method/chat_shapes.py)."""
    return taken(messages, partial(tokenizer.apply_chat_template, add_generation_prompt=True, tokenize=False))


def answer_ids(tokenizer: Any, answer: str) -> list[int]:
    """Token ids of an assistant's answer and the end of its turn, to follow `prompt_ids`."""
    ids: list[int] = tokenizer(answer, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return [*ids, end_of_turn_id(tokenizer)]


def answer_weights(
    tokenizer: Any, answer: str, spans: Sequence[tuple[int, int, float]], other: float = 1.0
) -> list[float]:
    """The weight of each of `answer_ids`: the mean over the token's characters; those in no span have `other`.

    So has the end of the turn. A span is (start, end, weight) in characters of `answer`; where two overlap, the later
    one counts. Raises ValueError for a span that is none and CitingError for a tokenizer that cannot say where its
    tokens lie.
    """
    characters = [other] * len(answer)
    for start, end, weight in spans:
        if not 0 <= start < end <= len(answer) or not math.isfinite(weight):
            raise ValueError(f"{[start, end, weight]} is no span of weight")
        characters[start:end] = [float(weight)] * (end - start)
    if not tokenizer.is_fast:
        raise CitingError("Weights of tokens need a student with a fast tokenizer; choose another student.")
    encoded = tokenizer(answer, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True)
    covered = (characters[start:end] for start, end in encoded["offset_mapping"])
    return [*(sum(weights) / len(weights) if weights else other for weights in covered), other]


def end_of_turn_id(tokenizer: Any) -> int:
    """The token with which the template ends an answer: its first special token there, else the end of text."""
    turns = [{"role": "user", "content": "question"}, {"role": "assistant", "content": _PROBE}]
    tail = tokenizer.apply_chat_template(turns, tokenize=False).rpartition(_PROBE)[2]
    special = set(tokenizer.all_special_ids)
    found = (i for i in tokenizer(tail, add_special_tokens=False)["input_ids"] if i in special)
    return next(found, int(tokenizer.eos_token_id))


def stop_ids(tokenizer: Any, generation: Any) -> set[int]:
    """The tokens that end an answer: the template's, the tokenizer's, and the model's by its `generation` settings."""
    named = generation.eos_token_id
    listed = named if isinstance(named, list) else [named]
    known = {token for token in listed if token is not None}
    return known | {end_of_turn_id(tokenizer), int(tokenizer.eos_token_id)}
