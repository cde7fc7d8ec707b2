"""What every student inherits, on a small real student that answers out of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from citing_app.models.student import (
    Done,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Piece,
    Skipped,
    Started,
    Student,
    never,
)
from citing_app.types import Message


@dataclass
class EchoStudent(Student):
    """Answers with the last message, last prompt first; skips an empty one."""

    requests: list[GenerationRequest] = field(default_factory=list)

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        self.requests.append(request)
        yield Started("abc")
        for index, prompt in reversed(list(enumerate(request.prompts))):
            text = prompt[-1]["content"]
            if request.stream:
                yield from map(Piece, text)
            else:
                yield Finished(index, text) if text else Skipped(index, "empty")
        yield Done(1, 0.1)

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        return [0.0 for _ in pairs]


def test_complete_gives_the_index_of_each_answer_and_leaves_out_what_was_skipped() -> None:
    prompts = [[{"role": "user", "content": text}] for text in ("one", "", "three")]
    assert list(EchoStudent().complete(prompts)) == [(2, "three"), (0, "one")]


def test_stream_gives_the_pieces_and_says_which_adapter_answers() -> None:
    student = EchoStudent()
    heard: list[str | None] = []
    pieces = student.stream([{"role": "user", "content": "abc"}], adapter=Path("a"), on_started=heard.append)
    assert list(pieces) == ["a", "b", "c"]
    assert heard == ["abc"]
    (request,) = student.requests
    assert (request.priority, request.stream, request.adapter, request.temperature) == ("chat", True, Path("a"), 0.0)
