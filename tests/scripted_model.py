"""A chat model that a test writes: a small subclass of the real seam."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from citing_app.models.chat_model import Call, ChatModel, Fault, Reply, Send

Behaviour = Callable[[str, int], Reply | Fault]


def said(text: str, tokens: int = 10) -> Reply:
    """A reply of this text, with as many tokens in as out."""
    return Reply(text, "stop", False, tokens, tokens)


class Scripted(ChatModel):
    """Answers as its script says: (the last message, how often it was asked this) → what comes."""

    url = "http://nowhere/v1"
    connections = 4

    def __init__(self, behaviour: Behaviour = lambda text, times: said(f"re: {text}"), name: str = "scripted") -> None:
        self.name = name
        self.behaviour = behaviour
        self.asked: list[str] = []
        self.under_way = self.most_under_way = 0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Send]:
        """See ChatModel.session."""
        yield self.send

    async def send(self, call: Call, key: str) -> Reply | Fault:
        text = call.messages[-1]["content"]
        self.asked.append(text)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.005)
        self.under_way -= 1
        return self.behaviour(text, self.asked.count(text))
