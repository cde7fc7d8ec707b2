"""Answers from the student: batches sorted by length, or one answer piece by piece. Greedy unless told otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from citing_app.errors import CitingError
from citing_app.worker.adapters import Adapters
from citing_app.worker.architecture import architecture_of
from citing_app.worker.drawing import Drawing
from citing_app.worker.jobs import Checkpoint, Job, OutOfMemory
from citing_app.worker.memory import is_out_of_memory, release_memory
from citing_app.worker.student import load_student, load_tokenizer
from citing_app.worker.templates import prompt_ids, stop_ids

_DEFAULT_BATCH = {"cpu": 16, "cuda": 64}
_SHORT_ANSWER = 64
"""A prompt fits where it leaves room for this many tokens, unless the request says how many; a longer answer ends where
the student's context does."""
_TELL_SECONDS = 1.0
_UNFINISHED = "\N{REPLACEMENT CHARACTER}"


class StudentModel:
    """One student in memory with its tokenizer and adapters. It reads and writes `context` tokens at once."""

    def __init__(self, name: str, device: torch.device, dtype: torch.dtype) -> None:
        """Load the student from a folder or hub name. Raises CitingError for one that cannot be loaded safely."""
        self.name = name
        self.device = device
        self.tokenizer: Any = load_tokenizer(name)
        self.tokenizer.padding_side = "left"
        self.context = architecture_of(name, self.tokenizer).context
        self.model: Any = load_student(name, dtype).to(device).eval()
        self.adapters = Adapters(self.model)
        self.stops = stop_ids(self.tokenizer, self.model.generation_config)
        # A model's own sampling settings would make greedy answers something else.
        plain: Any = GenerationConfig
        self.model.generation_config = plain(
            eos_token_id=sorted(self.stops), pad_token_id=self.tokenizer.pad_token_id, use_cache=True
        )

    def asked_for(self, job: Job) -> AbstractContextManager[str | None]:
        """This student as a request wants it, with its adapter at its strength; gives the adapter's sha256."""
        folder = job.fields.get("adapter")
        return self.adapters.using(None if folder is None else Path(folder), float(job.fields.get("strength", 1.0)))

    def most_tokens(self, longest: int, job: Job) -> int:
        """How many tokens an answer may have where the longest prompt of its batch has `longest`."""
        return min(int(job.fields["max_new_tokens"]), self.context - longest)

    def write(
        self, prompts: Sequence[list[int]], job: Job, watch: _Watch, drawing: LogitsProcessorList
    ) -> tuple[list[str], int]:
        """The answers to `prompts` (token ids) in one batch, and how many tokens were written."""
        batch = self.tokenizer.pad({"input_ids": list(prompts)}, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            output = self.model.generate(
                **batch,
                do_sample=False,  # of what is drawn, `drawing` leaves one token
                logits_processor=drawing,
                max_new_tokens=self.most_tokens(max(map(len, prompts)), job),
                stopping_criteria=StoppingCriteriaList([watch]),
            )
        answers = [self.cut(row) for row in output[:, batch["input_ids"].shape[1] :].tolist()]
        return [self.text(answer) for answer in answers], sum(map(len, answers))

    def cut(self, ids: list[int]) -> list[int]:
        """`ids` up to the end of the turn."""
        end = next((place for place, token in enumerate(ids) if token in self.stops), len(ids))
        return ids[:end]

    def text(self, ids: list[int]) -> str:
        """What a person reads: no control tokens, no white space around."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)).strip()


class _Watch(StoppingCriteria):  # type: ignore[misc]
    """Called after every token: lets more urgent work in, hears about cancelling, and sees the answer grow."""

    def __init__(self, checkpoint: Checkpoint, on_tokens: Callable[[torch.Tensor], None] | None = None) -> None:
        self._checkpoint = checkpoint
        self._on_tokens = on_tokens
        self.stopped = False

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        if self._on_tokens is not None:
            self._on_tokens(input_ids)
        self.stopped = not self._checkpoint()
        return torch.full((input_ids.shape[0],), self.stopped, dtype=torch.bool, device=input_ids.device)


def generate(student: StudentModel, job: Job, checkpoint: Checkpoint) -> None:
    """Answer a "generate" request (see serve.py), sending its events."""
    started = time.monotonic()
    prompts = [prompt_ids(student.tokenizer, messages) for messages in job.fields["prompts"]]
    with student.asked_for(job) as digest:
        job.send({"event": "started", "adapter_hash": digest})
        fitting = list(_fitting(student, job, prompts))
        work = _stream if job.fields.get("stream") else _bulk
        tokens = work(student, job, checkpoint, prompts, fitting)
    job.send({"event": "done", "tokens": tokens, "seconds": time.monotonic() - started})


def _fitting(student: StudentModel, job: Job, prompts: Sequence[list[int]]) -> Iterator[int]:
    """The places of the prompts that leave room for an answer; the others are reported as skipped."""
    answer = min(int(job.fields["max_new_tokens"]), int(job.fields.get("room", _SHORT_ANSWER)), student.context // 2)
    room = student.context - answer
    for index, prompt in enumerate(prompts):
        if len(prompt) <= room:
            yield index
        else:
            reason = f"The text has {len(prompt)} tokens and this student can read {room}; shorten it."
            job.send({"event": "skipped", "index": index, "reason": reason, "share": room / len(prompt)})


def _bulk(
    student: StudentModel, job: Job, checkpoint: Checkpoint, prompts: Sequence[list[int]], fitting: list[int]
) -> int:
    """Answer in batches of like length, the longest first: what does not fit in memory shows at once."""
    todo = sorted(fitting, key=lambda index: len(prompts[index]), reverse=True)
    sending = _Sending(student, job)
    size = int(job.fields.get("batch_size") or _DEFAULT_BATCH[student.device.type])
    tokens = 0
    while todo and checkpoint():
        batch = todo[:size]
        sending.begin(batch, len(prompts[batch[0]]))
        watch = _Watch(checkpoint, sending)
        try:
            answers, written = student.write([prompts[index] for index in batch], job, watch, _drawing(job, batch))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            size = _halved(len(batch))
        else:
            if watch.stopped:
                break
            sending.end(answers)
            tokens += written
        todo = [index for index in todo if index not in sending.sent]
    return tokens


def _drawing(job: Job, batch: Sequence[int]) -> LogitsProcessorList:
    """What draws the tokens of these prompts; nothing where answers are greedy."""
    temperature, seeds = float(job.fields.get("temperature", 0.0)), job.fields.get("seeds")
    if temperature == 0:
        return LogitsProcessorList()
    return LogitsProcessorList([Drawing(temperature, [seeds[index] if seeds else None for index in batch])])


class _Sending:
    """Called after every token of a batch: sends each answer when it ends, and about once a second how far the rest is.

    `sent` are the prompts that have their answer. A batch goes on until its longest answer ends, and the first ones
    need not wait for that.
    """

    def __init__(self, student: StudentModel, job: Job) -> None:
        self._student = student
        self._job = job
        self._told = time.monotonic()
        self._read = self._most = 0
        self._open: dict[int, int] = {}
        self.sent: set[int] = set()

    def begin(self, batch: Sequence[int], read: int) -> None:
        """The rows of the batch are these prompts, padded to `read` tokens."""
        self._open, self._read = dict(enumerate(batch)), read
        self._most = self._student.most_tokens(read, self._job)

    def __call__(self, ids: torch.Tensor) -> None:
        # transformers may look a token too far before it ends a batch; what it pads with there ends no answer.
        ends = self._student.stops if ids.shape[1] - self._read <= self._most else ()
        for row, token in enumerate(ids[:, -1].tolist()):
            if row in self._open and token in ends:
                self._send(row, self._student.text(ids[row, self._read : -1].tolist()), is_cut=False)
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            share = (ids.shape[1] - self._read) / int(self._job.fields["max_new_tokens"])
            self._job.send({"event": "writing", "answers": len(self.sent) + min(1.0, share) * len(self._open)})

    def end(self, answers: Sequence[str]) -> None:
        """Send what the end of the batch cut off."""
        for row in list(self._open):
            self._send(row, answers[row], is_cut=True)

    def _send(self, row: int, text: str, is_cut: bool) -> None:
        index = self._open.pop(row)
        self._job.send({"event": "finished", "index": index, "text": text, "is_cut": is_cut})
        self.sent.add(index)


def _halved(size: int) -> int:
    release_memory()
    if size == 1:
        raise OutOfMemory(
            "There is not enough memory to write even one answer; free some, or choose a smaller student."
        )
    print(f"out of memory with {size} answers at once; going on with {size // 2}", flush=True)
    return size // 2


def _stream(
    student: StudentModel, job: Job, checkpoint: Checkpoint, prompts: Sequence[list[int]], fitting: list[int]
) -> int:
    """Answer the one prompt, sending what is new after every token."""
    if len(prompts) != 1:
        raise CitingError("A streamed answer takes exactly one prompt.")
    if not fitting:
        return 0
    prompt = prompts[0]
    sent = ""

    def send_new(text: str) -> None:
        nonlocal sent
        if len(text) > len(sent) and text.startswith(sent):
            job.send({"event": "piece", "text": text[len(sent) :]})
            sent = text

    def on_tokens(ids: torch.Tensor) -> None:
        text = student.text(student.cut(ids[0, len(prompt) :].tolist()))
        if not text.endswith(_UNFINISHED):  # half a character; the next token completes it
            send_new(text)

    (text,), written = student.write([prompt], job, _Watch(checkpoint, on_tokens), _drawing(job, [0]))
    send_new(text)
    return written
