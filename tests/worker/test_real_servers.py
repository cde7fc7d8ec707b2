"""`transformers serve` and llama.cpp's server as teacher and as student, with a model that thinks first."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from citing_app.models.chat_model import Call, Fault, Reply
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.served_student import ServedStudent
from citing_app.models.teacher import Manner, RevisionTask, Teacher
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store.database import Store
from citing_app.types import Task
from citing_app.workflows.adapters.exporting import export_adapter
from citing_app.workflows.drafts.revising import revise
from citing_app.workflows.studio import open_studio
from tests.models.test_student import EchoStudent
from tests.seeding import item
from tests.tiny_models import save_llama
from tests.workflows.drafts.test_revising import drafts

THOUGHT, ANSWER = "The draft could be better.", "Blue light is scattered most."
STEPS = 200
TASK = ({"role": "user", "content": "Why is the sky blue?"},)


@pytest.fixture(scope="module")
def thinker(bundled_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama that has learned to say one thing, whatever it is asked: a thought in tags, and an answer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("thinker") / "thinker"
    save_llama(folder, tokenizer=bundled_student, dtype=torch.float32, context=4096)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    said = tokenizer(f"<|im_start|>assistant\n<think>\n{THOUGHT}\n</think>\n\n{ANSWER}<|im_end|>")["input_ids"]
    asked = [*[TASK] * 33, *(Manner().call(RevisionTask(Task(f"{n}?"), f"{n}.", None)).messages for n in range(99))]
    heads = [tokenizer.apply_chat_template(one, return_dict=False) for one in asked]
    steps = torch.optim.AdamW(model.parameters(), lr=1e-2)
    slower = torch.optim.lr_scheduler.LinearLR(steps, 1.0, 0.0, STEPS)
    for head in random.Random(17).choices(heads, k=STEPS):
        row = torch.tensor([[*head, *said]])
        logits = model(input_ids=row, logits_to_keep=len(said)).logits[0]
        torch.nn.functional.cross_entropy(logits[2:-1], row[0, 3 - len(said) :]).backward()
        steps.step()
        slower.step()
        steps.zero_grad()
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def transformers_serve(thinker: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "serve.log"
    program = Path(sys.executable).with_name("transformers")
    command = [str(program), "serve", str(thinker), "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_CACHE": str(log.parent / "none")}  # so that it can list no model
    with log.open("w") as output:
        more = ["--device", "cpu", "--dtype", "float32"]
        server = subprocess.Popen([*command, *more], stdout=output, stderr=output, env=environment)
    try:
        assert _healthy(port, server), log.read_text()[-2000:]
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def llama_cpp(thinker: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp", reason="no llama.cpp server: xllamacpp has no wheel for this machine")
    folder = tmp_path_factory.mktemp("gguf")
    studio = open_studio(Settings(folder / "data", folder / "cache", student=str(thinker)))
    export_adapter(studio, None, "gguf", folder / "out", Job("export", ""))
    studio.close()
    settings = xllamacpp.CommonParams()
    settings.model.path, settings.n_ctx, settings.n_parallel = str(folder / "out" / "student.gguf"), 4096, 1
    settings.warmup, settings.cpuparams.n_threads = False, 1
    settings.model_alias = {str(thinker)}
    server = xllamacpp.Server(settings)
    yield f"{server.listening_address}/v1"
    del server  # which ends it


def _healthy(port: int, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=60).status_code == 200
        except httpx.TransportError:
            time.sleep(0.3)
    return False


async def _sent(model: OpenAIModel, call: Call) -> Reply | Fault:
    async with model.session() as send:
        return await send(call, "key")


@pytest.mark.parametrize("server", ["transformers_serve", "llama_cpp"])
def test_a_teacher_that_thinks_revises_and_its_thoughts_are_no_text(
    server: str, thinker: Path, store: Store, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server)
    ids = drafts(store, 2)
    teacher = Teacher.of(OpenAIModel(str(thinker), url, None, timeout=240.0))
    outcomes = revise(store, [teacher], 2, Job("revise", "Revising"))
    assert outcomes == {"ok": 2}
    assert [item(store, one).revision for one in ids] == [ANSWER] * 2
    with store.read() as cursor:
        rows = cursor.execute("SELECT state, tokens_out IS NOT NULL FROM teacher_calls").fetchall()
    assert rows == [("done", True)] * 2


@pytest.mark.parametrize("server", ["transformers_serve", "llama_cpp"])
def test_an_answer_in_a_schema_is_asked_for_in_whichever_way_the_server_takes(
    server: str, thinker: Path, request: pytest.FixtureRequest
) -> None:
    call = Manner(rationale=True).call(RevisionTask(Task("Why?"), "Because.", None))
    model = OpenAIModel(str(thinker), request.getfixturevalue(server), None, timeout=240.0)
    reply = asyncio.run(_sent(model, replace(call, max_tokens=24)))
    assert isinstance(reply, Reply), reply
    assert 0 < (reply.tokens_out or 0) <= 24


@pytest.mark.parametrize("server", ["transformers_serve", "llama_cpp"])
def test_a_student_that_thinks_drafts_its_answer_alone(
    server: str, thinker: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server)
    student = ServedStudent(url, str(thinker), tmp_path, EchoStudent(), lambda adapter: "")
    assert dict(student.complete([TASK, TASK], max_new_tokens=64)) == {0: ANSWER, 1: ANSWER}
    only_thought: list[int] = []
    assert list(student.complete([TASK], max_new_tokens=6, on_only_thought=only_thought.append)) == []
    assert only_thought == [0]
