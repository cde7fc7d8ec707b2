"""A real HTTP server that speaks the OpenAI protocol, keeps account of what it billed, and misbehaves on request.

How a prompt is answered is written in it: `behave:busy` and so on, see BEHAVIOURS; without it, well. To run it in a
process of its own: `python -m tests.teacher_server --latency 1.0 --busy 0.05`; it prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

BEHAVIOURS = [
    *("good", "busy", "busy-bare", "broken", "hang", "reset", "empty", "refuse", "truncate", "filter", "nonsense"),
    *("slow-stream", "not-a-completion", "cut-json"),
]
"""busy: 429 with Retry-After at first; busy-bare: without; broken: 500 at first; hang, reset: billed, not answered;
cut-json: 200 with the first half of a completion."""
_BEHAVE = re.compile(r"behave:([a-z-]+)")
_TOKENS_OUT = 12
Answer = Callable[[str], str]


def improved(prompt: str) -> str:
    """An answer that names its own prompt, so that a test sees which draft it belongs to."""
    draft = re.search(r"<draft [0-9a-f]+>\n(.*?)\n</draft", prompt, re.DOTALL)
    return f"Better: {draft[1] if draft else hashlib.sha256(prompt.encode()).hexdigest()[:8]}"


@dataclass
class TeacherServer:
    """What the server does and what it saw. `billed` counts paid answers by prompt, `seen` requests by prompt."""

    answer: Answer = improved
    latency: float = 0.0
    busy_share: float = 0.0
    chance_of_delay: float = 0.0
    hang_seconds: float = 3.0
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    billed: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    under_way: int = 0
    most_under_way: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    keep_requests: bool = True
    keys: set[str] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while (head := await _head(reader)) is not None:
                body = json.loads(await reader.readexactly(int(head.get("content-length", "0"))) or b"{}")
                self.keys.add(head.get("authorization", ""))
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                try:
                    goes_on = await self._answer(body, writer)
                finally:
                    self.under_way -= 1
                if not goes_on:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        prompt = body["messages"][0]["content"]
        key = hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()
        self.seen[key] += 1
        if self.keep_requests:
            self.requests.append(body)
        found = _BEHAVE.search(prompt)
        how = found[1] if found else "good"
        first = self.seen[key] == 1
        if self.latency or self.chance.random() < self.chance_of_delay:
            await asyncio.sleep(self.latency or 0.1)  # so that answers do not come in the order of their questions
        if (how in ("busy", "busy-bare") and first) or self.chance.random() < self.busy_share:
            extra = {} if how == "busy-bare" else {"Retry-After": "0.2"}
            return await self._send(writer, 429, {"error": {"message": "slow down"}}, extra)
        if how == "broken" and first:
            return await self._send(writer, 500, {"error": {"message": "oops"}})
        self._bill(key, prompt)
        if how == "hang":
            await asyncio.sleep(self.hang_seconds)
            return False
        if how == "reset":
            writer.transport.abort()
            return False
        if how == "not-a-completion":
            return await self._send(writer, 200, {"hello": "world"})
        completion = self._completion(prompt, how, body)
        return await self._send(writer, 200, completion, slowly=how == "slow-stream", cut=how == "cut-json")

    def _bill(self, key: str, prompt: str) -> None:
        self.billed[key] += 1
        self.tokens += self.prompt_tokens(prompt) + _TOKENS_OUT

    @staticmethod
    def prompt_tokens(prompt: str) -> int:
        """As many tokens as a tokenizer without any merges would make."""
        return len(prompt.encode())

    def _completion(self, prompt: str, how: str, body: dict[str, Any]) -> dict[str, Any]:
        is_repair = len(body["messages"]) > 1
        text: str | None = self.answer(prompt)
        finish, refusal = "stop", None
        if how == "empty" and not is_repair:
            text = ""
        elif how == "refuse":
            text, refusal = None, "No."
        elif how == "truncate":
            finish = "length"
        elif how == "filter":
            text, finish = None, "content_filter"
        elif how == "nonsense":
            text = "Certainly! Here you go."
        message = {"role": "assistant", "content": text, "refusal": refusal}
        sent = sum(self.prompt_tokens(one["content"]) for one in body["messages"])
        usage = {"prompt_tokens": sent, "completion_tokens": _TOKENS_OUT, "total_tokens": sent + _TOKENS_OUT}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }

    async def _send(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        value: dict[str, Any],
        extra: Mapping[str, str] | None = None,
        slowly: bool = False,
        cut: bool = False,
    ) -> bool:
        body = json.dumps(value).encode()
        body = body[: len(body) // 2] if cut else body
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.headers, **(extra or {})}
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items()) + "\r\n"
        writer.write(head.encode())
        for start in range(0, len(body), 40 if slowly else len(body)):
            writer.write(body[start : start + (40 if slowly else len(body))])
            await writer.drain()
            if slowly:
                await asyncio.sleep(0.02)
        return True


async def _head(reader: asyncio.StreamReader) -> dict[str, str] | None:
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    lines = text.split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}


@contextmanager
def serving(server: TeacherServer) -> Iterator[TeacherServer]:
    """Serve in a thread of this process; `server.url` is the base URL.

    The loop begins and ends in that thread: a browser test's main thread has one running already.
    """
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        loops.append(asyncio.get_running_loop())
        ready.set()
        async with listening:
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield server
    loops[0].call_soon_threadsafe(stop.set)
    thread.join(60)
    assert not thread.is_alive(), "the teacher's server did not end"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--busy", type=float, default=0.0)
    options = parser.parse_args()
    server = TeacherServer(latency=options.latency, busy_share=options.busy, keep_requests=False)
    with serving(server):
        print(server.url, flush=True)
        sys.stdin.read()  # until the parent closes it
        twice = sum(count > 1 for count in server.billed.values())
        print(json.dumps({"billed": server.billed.total(), "twice": twice, "most": server.most_under_way}), flush=True)


if __name__ == "__main__":
    main()
