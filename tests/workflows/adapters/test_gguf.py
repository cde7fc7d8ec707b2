"""GGUF out: what llama.cpp's converters write, read back, and answered with by a real llama.cpp server."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import httpx
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from citing_app.cli.adapters import act, add_actions
from citing_app.errors import CitingError
from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.adapters.exporting import Form, export_adapter, exported, start_export
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.studio import Studio, open_studio
from tests.tiny_models import save_adapter, save_gpt2, save_llama
from tests.worker.test_train import eventually
from tests.workflows.adapters.test_foreign_adapters import changed

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]
TOKENS = 24


@pytest.fixture(scope="module")
def student(bundled_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama in half precision with SmolLM2's tokenizer, as llama.cpp knows no tokenizer of ours."""
    return save_llama(tmp_path_factory.mktemp("small") / "student", tokenizer=bundled_student, dtype=torch.float16)


@pytest.fixture(scope="module")
def adapter(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_adapter(student, tmp_path_factory.mktemp("small-adapter"), seed=1)


@pytest.fixture(scope="module")
def studio(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    opened = open_studio(Settings(folder / "data", folder / "cache", student=str(student)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def number(studio: Studio, adapter: Path) -> int:
    return import_adapter(studio, adapter, None, "ada")


@pytest.fixture(scope="module")
def merged(studio: Studio, number: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(studio, number, "gguf", tmp_path_factory.mktemp("merged") / "out")


@pytest.fixture(scope="module")
def alone(studio: Studio, number: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the command writes it."""
    folder, parser = tmp_path_factory.mktemp("alone") / "out", argparse.ArgumentParser()
    add_actions(parser)
    flags = parser.parse_args(["export", "--round", str(number), "--gguf-adapter", str(folder)])
    assert act(studio, flags) == ({"round": number, "file": str(folder)}, f"{folder}: round {number}, gguf-adapter")
    return folder


def written(studio: Studio, number: int | None, form: Form, folder: Path) -> Path:
    job = Job("export", "")
    export_adapter(studio, number, form, folder, job)
    assert (job.message, job.total) == ("writing the GGUF", 100)
    return folder


def field(reader: gguf.GGUFReader, name: str) -> Any:
    return reader.get_field(name).contents()


def tensor(reader: gguf.GGUFReader, name: str) -> Any:
    """A tensor's numbers, its longest stride first as in torch."""
    found = next(one for one in reader.tensors if one.name == name)
    return found.data.reshape(found.shape[::-1]).astype(np.float32)


def interleaved(weight: Any, heads: int) -> Any:
    """The rows of a query or key projection in llama.cpp's order: the halves of a head, one from each in turn."""
    return weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def test_a_merged_model_is_read_back_with_its_names_values_tokens_and_template(
    studio: Studio, student: Path, number: int, merged: Path, tmp_path: Path
) -> None:
    assert sorted(path.name for path in merged.iterdir()) == ["Modelfile", "README.md", "model.gguf"]
    reader = gguf.GGUFReader(merged / "model.gguf")
    names = {one.name for one in reader.tensors}
    assert {"token_embd.weight", "output_norm.weight", "blk.0.attn_q.weight", "blk.1.ffn_down.weight"} <= names
    assert (field(reader, "general.architecture"), field(reader, "llama.block_count")) == ("llama", 2)
    assert field(reader, "llama.context_length") == 512
    assert field(reader, "tokenizer.chat_template") == (student / "chat_template.jinja").read_text()
    assert field(reader, "tokenizer.ggml.tokens")[2] == "<|im_end|>"
    assert field(reader, "tokenizer.ggml.eos_token_id") == 2

    export_adapter(studio, number, "merged", tmp_path / "out", Job("export", ""))
    ours = {name: one.float().numpy() for name, one in load_file(tmp_path / "out" / "model.safetensors").items()}
    down, query = "model.layers.1.mlp.down_proj.weight", "model.layers.0.self_attn.q_proj.weight"
    np.testing.assert_array_equal(tensor(reader, "blk.1.ffn_down.weight"), ours[down])
    np.testing.assert_array_equal(tensor(reader, "blk.0.attn_q.weight"), interleaved(ours[query], heads=4))
    assert "llama-server --model model.gguf" in (merged / "README.md").read_text()


def test_an_adapter_is_read_back_with_its_alpha_and_its_matrices(adapter: Path, alone: Path) -> None:
    assert sorted(path.name for path in alone.iterdir()) == ["Modelfile", "README.md", "adapter.gguf"]
    reader = gguf.GGUFReader(alone / "adapter.gguf")
    assert (field(reader, "general.type"), field(reader, "adapter.type")) == ("adapter", "lora")
    assert field(reader, "adapter.lora.alpha") == 16
    ours = load_file(adapter / WEIGHTS)
    module = "base_model.model.model.layers.0.mlp.down_proj"
    for side, name in (("a", "lora_A"), ("b", "lora_B")):
        np.testing.assert_array_equal(
            tensor(reader, f"blk.0.ffn_down.weight.lora_{side}"), ours[f"{module}.{name}.weight"].numpy()
        )
    lines = (alone / "Modelfile").read_text().splitlines()
    assert lines[:2] == ["FROM ./student.gguf", "ADAPTER ./adapter.gguf"]


@pytest.mark.parametrize(
    "settings", [{"use_rslora": True}, {"alpha_pattern": {"q_proj": 3, "layers.1.mlp.up_proj": 40}}]
)
def test_a_scale_that_llama_cpp_does_not_know_is_in_the_matrices(
    settings: dict[str, Any], student: Path, adapter: Path, tmp_path: Path
) -> None:
    from citing_app.worker.plain_adapter import write_plain

    source, plain = changed(adapter, tmp_path, **settings), tmp_path / "plain"
    plain.mkdir()
    write_plain(source, plain)
    for one in (source, plain):
        config = json.loads((one / CONFIG).read_text())
        said = json.loads((adapter / CONFIG).read_text())
        (one / CONFIG).write_text(json.dumps({**said, **config}))
    torch.testing.assert_close(logits(student, plain), logits(student, source), rtol=1e-4, atol=1e-4)


def test_weights_of_gpt2_lie_in_the_adapter_as_llama_cpp_has_them(tmp_path: Path) -> None:
    from citing_app.worker.plain_adapter import write_plain

    adapter, plain = save_adapter(save_gpt2(tmp_path / "gpt2"), tmp_path / "adapter", seed=1), tmp_path / "plain"
    plain.mkdir()
    write_plain(adapter, plain)
    before, after = load_file(adapter / WEIGHTS), load_file(plain / WEIGHTS)
    for module in {name.rpartition(".lora_")[0] for name in before}:
        delta, turned = (one[f"{module}.lora_B.weight"] @ one[f"{module}.lora_A.weight"] for one in (before, after))
        torch.testing.assert_close(turned, delta.T)


def test_a_llama_cpp_server_answers_as_the_merged_model_does(
    studio: Studio, student: Path, adapter: Path, merged: Path, alone: Path, tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="no llama.cpp server here: xllamacpp has no wheel for this machine")
    base = written(studio, None, "gguf", tmp_path / "base") / "student.gguf"
    ours, without = answer(student, adapter), answer(student, None)
    assert ours != without
    answers = served(merged / "model.gguf"), served(base, alone / "adapter.gguf"), served(base)
    assert answers == (ours, ours, without)


def test_a_tokenizer_that_llama_cpp_does_not_know_is_one_sentence_and_leaves_nothing(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    studio = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student)))
    try:
        number = import_adapter(studio, tiny_adapter, None, "ada")
        with pytest.raises(CitingError, match="does not know this student's architecture or tokenizer"):
            export_adapter(studio, number, "gguf", tmp_path / "out.zip", Job("export", ""))
    finally:
        studio.close()
    assert not list(tmp_path.glob("*out*")) + list(tmp_path.glob(".export-*"))


def test_code_that_a_students_files_name_does_not_run(student: Path, tmp_path: Path) -> None:
    from citing_app.worker.gguf import _lay_out, _without_code

    named = tmp_path / "named"
    named.mkdir()
    for path in student.iterdir():
        (named / path.name).write_bytes(path.read_bytes())
    for name in ("config.json", "tokenizer_config.json"):
        config = json.loads((named / name).read_text()) | {"auto_map": {"AutoTokenizer": ["evil.Evil", None]}}
        (named / name).write_text(json.dumps(config))
    laid = tmp_path / "laid"
    laid.mkdir()
    _lay_out(str(named), laid)
    _without_code(laid)
    assert "auto_map" not in "".join(path.read_text() for path in laid.glob("*config.json"))


def test_an_export_runs_in_the_background_and_can_be_cancelled(studio: Studio, number: int) -> None:
    with pytest.raises(CitingError, match="exported as GGUF only"):
        start_export(studio, None, "merged")
    start_export(studio, number, "gguf")
    studio.jobs.cancel(f"export gguf {number}")
    assert eventually(lambda: not studio.jobs.running(f"export gguf {number}"))
    assert exported(studio, number) == {}
    target = start_export(studio, number, "gguf-adapter")
    assert eventually(lambda: "gguf-adapter" in exported(studio, number))
    assert exported(studio, number) == {"gguf-adapter": {"file": str(target), "bytes": target.stat().st_size}}


def served(model: Path, adapter: Path | None = None) -> str:
    """What llama.cpp's server answers greedily, asked over HTTP."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path, settings.n_ctx, settings.n_parallel, settings.warmup = str(model), 256, 1, False
    settings.cpuparams.n_threads = 1
    if adapter is not None:
        settings.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    server = xllamacpp.Server(settings)
    asked = {"messages": MESSAGES, "max_tokens": TOKENS, "temperature": 0}
    reply = httpx.post(f"{server.listening_address}/v1/chat/completions", json=asked, timeout=60)
    return str(reply.json()["choices"][0]["message"]["content"])


def answer(student: Path, adapter: Path | None) -> str:
    """What the student answers greedily, as transformers and PEFT compute it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(student)
    ids = tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, return_tensors="pt", return_dict=False)
    made = loaded(student, adapter).generate(ids, max_new_tokens=TOKENS, do_sample=False)
    return str(tokenizer.decode(made[0][ids.shape[1] :], skip_special_tokens=True))


def logits(student: Path, adapter: Path) -> Any:
    with torch.no_grad():
        return loaded(student, adapter)(torch.arange(8)[None]).logits


def loaded(student: Path, adapter: Path | None) -> Any:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32)
    return model if adapter is None else PeftModel.from_pretrained(model, str(adapter))
