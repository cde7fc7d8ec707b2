"""The names that questions, inputs and answers commonly have, and what the columns of answers hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citing_app.workflows.data.chats import is_chat
from citing_app.workflows.data.fields import Fields
from citing_app.workflows.data.raw import plain_name
from citing_app.workflows.data.values import is_blank, is_scalar, text

CONVERSATIONS = ("messages", "conversations", "conversation")
QUESTIONS = ("instruction", *CONVERSATIONS, "prompt", "question", "query", "problem", "inputs", "input")
"""Where an instruction stands: the first of these that is filled counts. So with inputs and answers."""
INPUTS = ("input", "context", "passage", "document", "article", "inputs")
ANSWERS = (
    *("output", "response", "answer", "target", "completion", "chosen"),
    *("answers", "outputs", "targets", "solution", "reference", "references", "reference_answer"),
    *("expected_output", "ground_truth", "correct_answer", "best_answer", "ideal"),
)
SYSTEMS = ("system", "system_prompt")
IDS = (
    *("id", "_id", "row_id", "idx", "uid", "uuid", "guid", "task_id", "example_id", "sample_id"),
    *("instance_id", "question_id", "prompt_id", "conversation_id", "qid"),
)
"""What a row calls itself: the first of these that is filled."""
FIRM = frozenset({"instruction", *CONVERSATIONS, "prompt", "input", "output"})
"""What these hold must be readable: a row is turned down for it, not read without it."""
_BESIDE = frozenset({"answers", "targets", "references"})
"""Lists of accepted answers, read beside the column that the first one came from."""
_OTHERS = (
    *("category", "rubric_version", "draft", "revision", "edits", "draft_author", "revision_author", "instances"),
    *("draft_model", "revision_model", "label", "kto_tag", "history"),
)
KNOWN = frozenset((*QUESTIONS, *INPUTS, *ANSWERS, *SYSTEMS, *IDS, *_OTHERS))
"""All that a row is read from."""
_WITHIN = ("text", "value", "content")
_DEEPEST = 4


def unknown(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of a row's columns that hold something and that no row is read from."""
    return tuple(name for name, value in raw.items() if plain_name(name) not in KNOWN and not is_blank(value))


def answer_in(value: Any, deepest: int = _DEEPEST) -> Any:
    """An answer as text, number or chat messages: of several that are accepted the first. None: there is none."""
    if is_blank(value) or not deepest:
        return None
    if is_scalar(value) or is_chat(value):
        return value
    within = [value.get(name) for name in _WITHIN] if isinstance(value, dict) else value
    found = (answer_in(one, deepest - 1) for one in (within if isinstance(within, list) else ()))
    return next((one for one in found if one is not None), None)


def references(fields: Fields, output: str) -> tuple[str, ...]:
    """The accepted answers besides `output`, once it has been read: what else its own column holds, and the lists
    beside it. Raises CitingError where one is no text."""
    if not output:
        return ()
    there = [name for name in ANSWERS if name in fields.names]
    if len(there) == 1 and isinstance(fields.peek(there[0]), str):
        return ()
    read = [name for name in there if fields.was_read(name)]
    read += [name for name in there if name in _BESIDE and isinstance(fields.peek(name), list | dict)]
    read = [name for name in dict.fromkeys(read) if accepted_in(fields.peek(name))]
    found = [text(one, name) for name in read for one in accepted_in(fields.take(name, "accepted answers"))]
    return tuple(one for one in dict.fromkeys(found) if one != output)


def accepted_in(value: Any, deepest: int = _DEEPEST) -> list[Any]:
    """All answers that a value holds, text or number, in order; an answer in chat messages is none of them."""
    if is_blank(value) or not deepest or is_chat(value):
        return []
    if is_scalar(value):
        return [value]
    if isinstance(value, dict):
        within = (accepted_in(value.get(name), deepest - 1) for name in _WITHIN)
        return next(filter(None, within), []) + accepted_in(value.get("aliases"), deepest - 1)  # aliases: TriviaQA
    return [found for one in value for found in accepted_in(one, deepest - 1)] if isinstance(value, list) else []


def is_marked_bad(fields: Fields) -> bool:
    """Whether a truth value says that the row's answer is a bad one (KTO). A number is none: it may be a class."""
    for name in ("label", "kto_tag"):
        said = str(fields.peek(name)).strip().casefold()
        if said in ("true", "false"):
            fields.take(name)
            return said == "false"
    return False
