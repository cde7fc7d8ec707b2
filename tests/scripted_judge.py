"""A judge whose preferences are known: an `answer` for tests/teacher_server.py, and cases for it to judge."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from citing_app.method.fence import mended
from citing_app.method.identity import content_hash, exact_hash
from citing_app.store import answers
from citing_app.store.answers import Answer, Model
from citing_app.store.database import Store
from citing_app.types import Instruction
from citing_app.workflows.evaluation.judge.judging import Case
from tests.teacher_server import TeacherServer

MODELS = (Model("round-1", "round 1", "student", "hash-1", 1), Model("base", "base", "student"))
_ANSWER = re.compile(r"<answer_([AB]) ([0-9a-f]{16})>\n(.*?)\n</answer_\1 \2>", re.DOTALL)
Rule = Callable[[str, str], str]
"""What the judge says of the texts A and B."""


def longer(a: str, b: str) -> str:
    return "tie" if len(a) == len(b) else "A" if len(a) > len(b) else "B"


def first_place(a: str, b: str) -> str:
    return "A"


def reply(said: str) -> str:
    """A judge's reply that says the same of every aspect."""
    return json.dumps(
        {"reasons": "Because.", **dict.fromkeys(("articulate", "in_depth", "comprehensive"), said), "overall": said}
    )


def judging(rule: Rule, wrapped: Callable[[str], str] = str) -> Callable[[str], str]:
    """An answer for the server: what the rule says of the two texts in the prompt, as JSON, `wrapped`."""

    def answer(prompt: str) -> str:
        texts = {letter: mended(text) for letter, _, text in _ANSWER.findall(prompt)}
        return wrapped(reply(rule(texts["A"], texts["B"])))

    return answer


def cases(store: Store, texts: Sequence[tuple[str, str]], instruction: str = "Say something, number {}.") -> list[Case]:
    """Two models' answers, kept in the store, each to an instruction of its own whose accepted answer is `yes`."""
    found = []
    for n, pair in enumerate(texts):
        text = instruction.format(n)
        row = Instruction(n, content_hash(text, ""), text, "", "yes", "set", "test")
        first, second = (
            Answer(exact_hash(model.key, str(n), one), model.key, row.hash, "draft", one, "prompt", "greedy")
            for model, one in zip(MODELS, pair, strict=True)
        )
        found.append(Case(row, first, second, ("yes",)))
    with store.write() as cursor:
        for model in MODELS:
            answers.add_model(cursor, model)
        answers.add(cursor, [answer for case in found for answer in (case.first, case.second)])
    return found


@dataclass
class HoldingServer(TeacherServer):
    """A server that takes `at_most` calls and asks everyone else to come back in ten minutes."""

    at_most: int = 10**9
    turned_down: int = field(default=0)

    async def _answer(self, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        if self.billed.total() < self.at_most:
            return await super()._answer(body, writer)
        self.turned_down += 1
        return await self._send(writer, 429, {"error": {"message": "slow down"}}, {"Retry-After": "600"})
