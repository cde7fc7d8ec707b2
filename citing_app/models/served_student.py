"""The student behind a vLLM server: it drafts and chats there, with the adapters that this app tells it to load.

The server must see the rounds' directories at the same paths and be started with `--enable-lora` and
`VLLM_ALLOW_RUNTIME_LORA_UPDATING=True` (docs/vllm.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citing_app.errors import Cancelled, CitingError
from citing_app.method.answer_start import SWITCHES
from citing_app.method.chat_shapes import shapes
from citing_app.method.thoughts import marked
from citing_app.models.messages import message_text
from citing_app.models.names import BUNDLED, resolve_student
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
from citing_app.models.way import way_to
from citing_app.types import Message

if TYPE_CHECKING:
    import openai

_AT_ONCE = 32
_TIMEOUT = 300.0
_POLL_SECONDS = 0.1
_BODIES: tuple[dict[str, Any], ...] = ({"chat_template_kwargs": SWITCHES}, {})
"""What goes with a request beside its messages, the better one first."""
_CANCELLED = "The work was cancelled; what was finished is kept."


@dataclass(frozen=True)
class ServedStudent(Student):
    """The student `name` at the server `url`, which may want a `key`.

    Losses, likelihoods, divergences and rewards, which no chat endpoint tells, are taken by the `local` one. `hash_of`
    gives the sha256 of the weights in an adapter's folder.
    """

    url: str
    name: str
    cache: Path
    local: Student
    hash_of: Callable[[Path], str]
    key: str | None = field(default=None, repr=False)

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        """See Student.generate. Raises CitingError for a strength other than 1, which no such server knows."""
        if request.strength != 1 and request.adapter is not None:
            raise CitingError("The student's server knows no strength but 1; blend the round at this one and use that.")
        started = time.monotonic()
        with self._client() as client:
            digest = None if request.adapter is None else self.hash_of(request.adapter)
            model = self._base(client) if request.adapter is None else _loaded(client, request.adapter, str(digest))
            yield Started(digest)
            answering = _streamed if request.stream else _answered
            tokens = 0
            for event in answering(client, model, request, cancelled):
                tokens += event.tokens if isinstance(event, Done) else 0
                if not isinstance(event, Done):
                    yield event
        yield Done(tokens, time.monotonic() - started)

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.losses."""
        return self.local.losses(pairs, adapter=adapter, strength=strength, cancelled=cancelled)

    def divergences(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.divergences."""
        return self.local.divergences(pairs, adapter=adapter, strength=strength, cancelled=cancelled)

    def likelihoods(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.likelihoods."""
        return self.local.likelihoods(pairs, adapter=adapter, cancelled=cancelled)

    def rewards(
        self, pairs: Sequence[tuple[Sequence[Message], str]], *, adapter: Path, cancelled: Callable[[], bool] = never
    ) -> list[float | None]:
        """See Student.rewards."""
        return self.local.rewards(pairs, adapter=adapter, cancelled=cancelled)

    @contextmanager
    def _client(self) -> Iterator[openai.OpenAI]:
        import openai

        try:
            http = openai.DefaultHttpxClient(**way_to(self.url), timeout=_TIMEOUT)
            with openai.OpenAI(
                api_key=_key(self.key), base_url=self.url, timeout=_TIMEOUT, max_retries=2, http_client=http
            ) as client:
                yield client
        except openai.APIConnectionError as error:
            raise CitingError("The student's server does not answer; start it, or leave --student-url out.") from error
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise CitingError("The student's server refused the key; check CITING_STUDENT_KEY.") from error
        except openai.OpenAIError as error:
            raise CitingError(f"The student's server refused the request ({_told(error)}).") from error

    def _base(self, client: openai.OpenAI) -> str:
        """What the server calls the student: its name, or the folder that it was started with.

        A server that lists nothing (`transformers serve` lists the hub's cache, whatever it serves) is asked by name.
        """
        served = _listed(client)
        names = [self.name] if self.name != BUNDLED else []
        names.append(resolve_student(self.name, self.cache))
        for name in names:
            if not served or name in served:
                return name
        raise CitingError(
            f"The student's server serves {', '.join(served)}, and not {names[0]}: start it with that model under that "
            "name."
        )


def _listed(client: openai.OpenAI) -> list[str]:
    """The models that the server says it serves; none where it cannot say."""
    import openai

    try:
        return [model.id for model in client.with_options(max_retries=0).models.list()]
    except (openai.NotFoundError, openai.InternalServerError):
        return []


def _key(given: str | None) -> str:
    """What is sent as the key. Without one the client would look for it in the environment, and refuse to start."""
    key = (given or "").strip() or "none"
    if not (key.isascii() and key.isprintable()):
        raise CitingError("CITING_STUDENT_KEY holds a character that no key can have; copy it again.")
    return key


def _loaded(client: openai.OpenAI, adapter: Path, digest: str) -> str:
    """The name of the adapter on the server, which loads it where it has not yet. Other weights are another name."""
    import openai

    name = f"citing-{digest[:20]}"
    if name in [model.id for model in client.models.list()]:
        return name
    try:
        body = {"lora_name": name, "lora_path": str(adapter.resolve())}
        client.post("/load_lora_adapter", body=body, cast_to=str)
    except openai.NotFoundError as error:
        raise CitingError(
            "The student's server loads no adapters: start it with --enable-lora and "
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True."
        ) from error
    except openai.BadRequestError as error:
        if "already" not in str(error):  # two requests at once
            raise CitingError(f"The student's server did not load the adapter ({_told(error)}).") from error
    return name


def _answered(
    client: openai.OpenAI, model: str, request: GenerationRequest, cancelled: Callable[[], bool]
) -> Iterator[GenerationEvent]:
    """All answers, as they finish; the server makes batches of what is asked at once."""
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="served")
    try:
        asked = {pool.submit(_one, client, model, request, at): at for at in range(len(request.prompts))}
        left: set[Future[Any]] = set(asked)
        while left:
            if cancelled():
                raise Cancelled(_CANCELLED)
            done, left = wait(left, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()
    finally:
        client.close()  # what is under way ends with its connection
        pool.shutdown(wait=False, cancel_futures=True)


def _one(client: openai.OpenAI, model: str, request: GenerationRequest, at: int) -> list[GenerationEvent]:
    import openai

    try:
        completion = _created(client, model, request, at)
    except openai.BadRequestError as error:
        return [Skipped(at, f"The student's server did not take the prompt ({_told(error)}).")]
    tokens = completion.usage.completion_tokens if completion.usage else 0
    choice = completion.choices[0]
    text = message_text(dict(choice.message)).strip()
    if not text and tokens > 1:  # what was written went to a reasoning parser that does not tell it
        text = marked("")
    return [Finished(at, text, is_cut=choice.finish_reason == "length"), Done(tokens, 0.0)]


def _streamed(
    client: openai.OpenAI, model: str, request: GenerationRequest, cancelled: Callable[[], bool]
) -> Iterator[GenerationEvent]:
    import openai

    try:
        stream = _created(client, model, request, 0)
    except openai.BadRequestError as error:
        yield Skipped(0, f"The student's server did not take the prompt ({_told(error)}).")
        return
    said = thought = False
    with stream:
        for chunk in stream:
            if cancelled():
                raise Cancelled(_CANCELLED)
            delta = dict(chunk.choices[0].delta) if chunk.choices else {}
            if text := delta.get("content"):
                said = True
                yield Piece(text)
            thought = thought or bool(message_text({**delta, "content": None}))
    if thought and not said:
        yield Skipped(0, "The student only thought and gave no answer; allow a longer answer.", share=1.0)


def _created(client: openai.OpenAI, model: str, request: GenerationRequest, at: int) -> Any:
    """What the server makes of a prompt, in the first shape that its chat template takes (method/chat_shapes.py).

    It is asked without thoughts, as the student is here; a server that takes no such wish is asked without it.
    """
    import openai

    ways = [{"messages": messages, "extra_body": body} for body in _BODIES for messages in shapes(request.prompts[at])]
    make = partial(
        client.chat.completions.create,
        model=model,
        max_tokens=request.max_new_tokens,
        temperature=request.temperature,
        seed=request.seeds[at] if request.seeds else None,
        stream=request.stream,
    )
    for way in ways[:-1]:
        with suppress(openai.BadRequestError):
            return make(**way)
    return make(**ways[-1])


def _told(error: openai.OpenAIError) -> str:
    """What the server says, in one short line."""
    body = getattr(error, "body", None)
    text = body.get("message") if isinstance(body, dict) else None
    told = " ".join(str(text or error).split())
    request = getattr(error, "request", None)
    key = request.headers.get("authorization", "").removeprefix("Bearer ") if request else ""
    return (told.replace(key, "[key]") if key else told)[:200]
