"""The teacher: rewrites a student's draft against a rubric. Every outcome is a reply, failures included."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from citing_app.curriculum.prompts import prompt_hash, render, rubric_text
from citing_app.models.student import never
from citing_app.types import Edit, Rubric

if TYPE_CHECKING:
    import openai

Outcome = Literal["ok", "unchanged", "empty", "refused", "truncated", "filtered", "malformed", "failed"]
_PROMPT = "teacher_revision"
_FENCE = "```"
_QUOTES = (('"', '"'), ("“", "”"))


@dataclass(frozen=True)
class RevisionRequest:
    """What the teacher needs: the task, the data set's reference answer (may be empty), the draft and its rubric."""

    item_id: int
    instruction: str
    input: str
    reference: str
    draft: str
    rubric: Rubric | None


@dataclass(frozen=True)
class RevisionReply:
    """What came of one request. `text` is set only for "ok" and "unchanged"; `reason` is a sentence for the others.

    `raw` is the reply as it came, so that it can be read again without paying again.
    """

    item_id: int
    outcome: Outcome
    text: str | None
    edits: tuple[Edit, ...]
    model: str
    prompt_hash: str | None
    tokens_in: int | None
    tokens_out: int | None
    seconds: float
    raw: str | None
    reason: str | None


class Teacher(ABC):
    """Writes revisions. A subclass writes `revise`; `concurrency` is how many requests may be under way at once,
    and a teacher that `is_free` may be asked without a person asking for it."""

    name: str
    concurrency: int = 1
    is_free: bool = False

    @abstractmethod
    def revise(self, request: RevisionRequest) -> RevisionReply:
        """Revise one draft. Never raises for what a server or a network does: that is a reply with a reason."""

    def revise_all(
        self, requests: Iterable[RevisionRequest], cancelled: Callable[[], bool] = never
    ) -> Iterator[RevisionReply]:
        """Replies as they finish. After `cancelled()` turns true nothing more is sent; what is under way is awaited,
        because it is paid for."""
        waiting = iter(requests)
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="teacher") as pool:

            def send(count: int) -> set[Future[RevisionReply]]:
                return {pool.submit(self.revise, request) for request in islice(waiting, count)}

            running = send(self.concurrency)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
                if not cancelled():
                    running |= send(len(done))


class ReferenceTeacher(Teacher):
    """Revises every draft into the data set's own reference answer: needs no key, and does not read the draft."""

    name = "reference"
    is_free = True

    def revise(self, request: RevisionRequest) -> RevisionReply:
        """See Teacher.revise. An instruction without a reference answer fails."""
        reference = request.reference.strip()
        if not reference:
            return _reply(request, self.name, "failed", reason="This instruction has no reference answer.")
        return _reply(request, self.name, _compared(reference, request.draft), text=reference)


@dataclass(frozen=True)
class EndpointTeacher(Teacher):
    """A model behind an OpenAI-compatible server. `timeout` is in seconds, for each of 1 + `retries` attempts.

    The client repeats what may pass (a lost connection, 408, 409, 429, 5xx) with growing, jittered pauses, or after
    the pause the server asks for, up to two minutes. `max_tokens` bounds what one reply can cost, thinking included.
    """

    model: str
    base_url: str = "https://api.openai.com/v1"
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    retries: int = 3
    concurrency: int = 8
    max_tokens: int = 4096

    @property
    def name(self) -> str:  # type: ignore[override]
        """The model's name at its server."""
        return self.model

    def revise(self, request: RevisionRequest) -> RevisionReply:
        """See Teacher.revise."""
        import openai

        prompt = render(
            _PROMPT,
            instruction=request.instruction,
            input=request.input,
            rubric=rubric_text(request.rubric),
            draft=request.draft,
        )
        started = time.monotonic()
        try:
            completion: Any = self._client.chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": prompt}],
                max_completion_tokens=self.max_tokens,
            )
        except openai.OpenAIError as error:
            return _reply(request, self.name, "failed", reason=_reason(error), started=started)
        return _read(request, self.name, completion, started)

    def check(self) -> str:
        """Ask the server for one short answer and say in a sentence how that went."""
        probe = RevisionRequest(0, "Name a colour.", "", "", "Blu is a colour.", None)
        reply = self.revise(probe)
        if reply.outcome in ("ok", "unchanged", "truncated"):
            return f"{self.model} answered in {reply.seconds:.1f} seconds."
        return f"{self.model} gave no usable answer: {reply.reason}"

    @cached_property
    def _client(self) -> openai.OpenAI:
        import openai

        # Without a key the client would look for one in the environment, and refuse to start without.
        key = self.api_key or "none"
        return openai.OpenAI(api_key=key, base_url=self.base_url, timeout=self.timeout, max_retries=self.retries)


def _reply(
    request: RevisionRequest,
    model: str,
    outcome: Outcome,
    *,
    text: str | None = None,
    reason: str | None = None,
    raw: str | None = None,
    usage: Any = None,
    started: float | None = None,
) -> RevisionReply:
    return RevisionReply(
        item_id=request.item_id,
        outcome=outcome,
        text=text,
        edits=(),
        model=model,
        prompt_hash=None if started is None else prompt_hash(_PROMPT),
        tokens_in=getattr(usage, "prompt_tokens", None),
        tokens_out=getattr(usage, "completion_tokens", None),
        seconds=0.0 if started is None else time.monotonic() - started,
        raw=raw,
        reason=reason,
    )


def _read(request: RevisionRequest, model: str, completion: Any, started: float) -> RevisionReply:
    """The reply in a server's completion, which may be anything a server can send."""
    usage = getattr(completion, "usage", None)
    try:
        choice = completion.choices[0]
        # JSON can hold half of a surrogate pair, which no database stores
        raw, finish = (choice.message.content or "").encode(errors="replace").decode(), choice.finish_reason
        refusal = choice.message.refusal
    except (AttributeError, IndexError, TypeError):
        return _reply(
            request, model, "malformed", reason="The reply is not a chat completion; check the URL.", started=started
        )
    text = _tidy(raw, request.draft)
    outcome, reason = _judge(text, finish, refusal, request.draft)
    return _reply(
        request,
        model,
        outcome,
        text=text if reason is None else None,
        reason=reason,
        raw=raw,
        usage=usage,
        started=started,
    )


def _judge(text: str, finish: str | None, refusal: str | None, draft: str) -> tuple[Outcome, str | None]:
    if finish == "content_filter":
        return "filtered", "The server's content filter stopped the reply."
    if refusal:
        return "refused", "The model refused to revise this draft."
    if finish == "length":
        return "truncated", "The reply was cut off at the server's length limit."
    if not text:
        return "empty", "The reply is empty."
    return _compared(text, draft), None


def _compared(text: str, draft: str) -> Literal["ok", "unchanged"]:
    return "unchanged" if text == draft.strip() else "ok"


def _tidy(text: str, draft: str) -> str:
    """`text` without the code fence or quotation marks that models like to put around a whole answer."""
    text, draft = text.strip(), draft.strip()
    lines = text.splitlines()
    fenced = len(lines) > 2 and text.count(_FENCE) == 2 and lines[0].startswith(_FENCE) and lines[-1] == _FENCE
    if fenced and _FENCE not in draft:
        return "\n".join(lines[1:-1]).strip()
    for opening, closing in _QUOTES:
        around = len(text) > 2 and text.startswith(opening) and text.endswith(closing)
        if around and not {opening, closing} & set(text[1:-1]) and not draft.startswith(opening):
            return text[1:-1].strip()
    return text


def _reason(error: openai.OpenAIError) -> str:
    """One sentence for an error, without the server's own words, which may repeat the key or the prompt."""
    import openai

    match error:
        case openai.APITimeoutError():
            reason = "The server did not answer in time; retry, or allow more time."
        case openai.APIConnectionError():
            reason = "The server could not be reached; check the URL and that it runs."
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            reason = f"The server refused the key ({error.status_code}); check the key."
        case openai.NotFoundError():
            reason = "The server does not know this model or address (404); check the model's name and the URL."
        case openai.RateLimitError():
            reason = "The server limits the rate of requests (429); retry later, or send fewer at once."
        case openai.APIStatusError():
            reason = f"The server answered with an error ({error.status_code}); retry later."
        case _:
            reason = "The server's reply could not be understood; check the URL."
    return reason
