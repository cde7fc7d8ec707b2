"""The student: whatever writes drafts and answers, with or without an adapter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from citing_app.errors import CitingError
from citing_app.method.thoughts import parted
from citing_app.types import Message

Priority = Literal["bulk", "chat"]


def never() -> bool:
    """The `cancelled` of work that nobody can cancel."""
    return False


@dataclass(frozen=True)
class GenerationRequest:
    """What to write: one answer per prompt.

    `adapter` is a folder with safetensors (None: the base model); its ΔW is multiplied by `strength`. `temperature` 0
    is greedy. `seeds` are one for each prompt, and then the same request gives the same texts on the same machine,
    whatever else was written before or in between; a prompt that stands there again with another seed gets another
    answer. None draws anew. `batch_size` None leaves it to the worker. `stream` sends pieces as they appear and takes
    one prompt only; it is skipped unless it leaves room for `room` tokens. A `chat` request overtakes a `bulk` one
    within a token.
    """

    prompts: tuple[tuple[Message, ...], ...]
    adapter: Path | None = None
    strength: float = 1.0
    max_new_tokens: int = 160
    temperature: float = 0.0
    seeds: tuple[int, ...] | None = None
    batch_size: int | None = None
    stream: bool = False
    room: int = 64
    priority: Priority = "bulk"


class DoesNotFit(CitingError):
    """A prompt that the student does not take; about `share` of it would fit."""

    def __init__(self, reason: str, share: float) -> None:
        super().__init__(reason)
        self.share = share


@dataclass(frozen=True)
class Started:
    """The model is loaded. `adapter_hash` is the sha256 of the weights that really answer, None for the base model."""

    adapter_hash: str | None


@dataclass(frozen=True)
class Piece:
    """The next characters of a streamed answer."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The whole answer to prompt `index`; `is_cut`: it did not end by itself, but where it may be no longer."""

    index: int
    text: str
    is_cut: bool = False


@dataclass(frozen=True)
class Skipped:
    """Prompt `index` got no answer, and why, in one sentence. About `share` of it would fit; a half where that is not
    known."""

    index: int
    reason: str
    share: float = 0.5


@dataclass(frozen=True)
class Writing:
    """How far a bulk request is: so many answers' worth of text is written, those under way counted in part."""

    answers: float


@dataclass(frozen=True)
class Done:
    """Everything is written: how many tokens in how many seconds of computing."""

    tokens: int
    seconds: float


GenerationEvent = Started | Piece | Finished | Skipped | Writing | Done


class Student(ABC):
    """A model that answers. A subclass writes `generate` and `losses`; the rest is inherited."""

    @abstractmethod
    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        """Started, then answers as they finish (in any order) or pieces, then Done.

        Closing the iterator stops the work. Raises Cancelled when `cancelled()` turns true, and CitingError for what
        a person can mend; what finished before was yielded before.
        """

    @abstractmethod
    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """For each (prompt, answer) the answer's mean loss per token, in nats; None where it is too long to read."""

    def divergences(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """For each (prompt, answer) the mean of KL(adapter || base) over the answer's tokens, in nats, 0 or more.

        None where the row is too long to read. The base model's is 0. Raises CitingError where a student cannot tell.
        """
        raise CitingError("This student cannot tell how far an adapter has moved it; measure without the divergence.")

    def likelihoods(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """For each (prompt, answer) log π(answer | prompt), summed over its tokens and the end of its turn, in nats.

        None where the row is too long to read. Raises CitingError where a student cannot tell.
        """
        raise CitingError("This student cannot tell how likely a text is; choose another reward.")

    def rewards(
        self, pairs: Sequence[tuple[Sequence[Message], str]], *, adapter: Path, cancelled: Callable[[], bool] = never
    ) -> list[float | None]:
        """For each (prompt, answer) the score of the reward model in the folder `adapter`; the higher, the better.

        None where the row is too long to read. Raises CitingError for an adapter that is no reward model, and where a
        student cannot tell.
        """
        raise CitingError("This student cannot ask a reward model; choose another reward.")

    def complete(
        self,
        prompts: Sequence[Sequence[Message]],
        *,
        adapter: Path | None = None,
        max_new_tokens: int = 160,
        batch_size: int | None = None,
        priority: Priority = "bulk",
        on_started: Callable[[str | None], None] = lambda adapter_hash: None,
        on_writing: Callable[[float], None] = lambda answers: None,
        on_only_thought: Callable[[int], None] = lambda index: None,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, str]]:
        """(index, answer) for each prompt that can be answered, batch by batch, in any order. Greedy.

        Answers come without thoughts; what is only thought is no answer, and `on_only_thought` hears of it.
        `on_started` hears which adapter answers, `on_writing` now and then how many answers are written, those under
        way counted in part.
        """
        request = GenerationRequest(
            prompts=tuple(map(tuple, prompts)),
            adapter=adapter,
            max_new_tokens=max_new_tokens,
            batch_size=batch_size,
            priority=priority,
        )
        for event in self.generate(request, cancelled):
            if isinstance(event, Started):
                on_started(event.adapter_hash)
            elif isinstance(event, Finished):
                asked = "\n".join(message["content"] for message in prompts[event.index])
                said = parted(event.text, topic=asked)
                if said.is_only_thought:
                    on_only_thought(event.index)
                else:
                    yield event.index, said.answer
            elif isinstance(event, Writing):
                on_writing(event.answers)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int | None = None,
        room: int = 64,
        on_started: Callable[[str | None], None] = lambda adapter_hash: None,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """The answer to one conversation, piece by piece; `on_started` hears which adapter answers.

        Raises DoesNotFit before the first piece where the conversation leaves no `room` for an answer.
        """
        request = GenerationRequest(
            prompts=(tuple(messages),),
            adapter=adapter,
            strength=strength,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seeds=None if seed is None else (seed,),
            stream=True,
            room=room,
            priority="chat",
        )
        for event in self.generate(request, cancelled):
            if isinstance(event, Started):
                on_started(event.adapter_hash)
            elif isinstance(event, Piece):
                yield event.text
            elif isinstance(event, Skipped):
                raise DoesNotFit(event.reason, event.share)
