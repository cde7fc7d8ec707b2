"""What a round is said to take before it starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from citing_app.rounds.estimate import RowLengths, estimate_seconds, lora_bytes, passes_of, training_bytes


# PEFT still asks transformers by an old name.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapters_size_is_that_of_a_real_one(tiny_student: Path) -> None:
    config = json.loads((tiny_student / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(tiny_student)
    adapter = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    assert lora_bytes(config, 16) == 4 * adapter.get_nb_trainable_parameters()[0]


def test_a_config_that_says_nothing_is_that_of_the_bundled_student() -> None:
    assert 15e6 < lora_bytes({}, 16) < 25e6


def test_memory_grows_with_the_student_the_batch_and_the_numbers() -> None:
    large = {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32}
    assert training_bytes(10**9, {}) > training_bytes(10**8, {}) > 10**9
    assert training_bytes(10**9, {}, 8192) > training_bytes(10**9, {}, 1024)
    assert training_bytes(16 * 10**9, large, dtype="float32") > training_bytes(16 * 10**9, large, dtype="bfloat16")
    # An 8 B student in bfloat16, eight rows of 512 tokens: an 80 GB card holds it, a 24 GB one works in smaller passes.
    assert 24e9 < training_bytes(16 * 10**9, large, 8 * 512, "bfloat16") < 80e9


def test_rows_that_are_too_long_are_not_read_unless_it_is_only_feared() -> None:
    counted = RowLengths([[10], [101], [100]], [7, 300], is_counted=True, most=100)
    assert (counted.too_long, counted.tokens, counted.longest) == (1, 117, 100)
    feared = RowLengths([[10], [101], [100]], [7, 300], is_counted=False, most=100)
    assert (feared.too_long, feared.tokens, feared.longest) == (1, 317, 100)
    assert RowLengths([[300]], [], is_counted=True, most=100).longest == 0
    assert RowLengths([], [], is_counted=True).tokens == 0


def test_seconds_grow_with_tokens() -> None:
    assert estimate_seconds(2000, tokens_per_second=100, start_seconds=5) == 25


@pytest.mark.parametrize(
    ("rows", "epochs", "max_steps", "passes"),
    [(16, 3, 0, 3), (16, 3, 1, 0.5), (17, 3, 3, 1), (16, 3, 6, 3), (16, 3, 99, 3), (0, 3, 1, 3)],
)
def test_steps_end_a_round_within_its_epochs_and_never_prolong_it(
    rows: int, epochs: int, max_steps: int, passes: float
) -> None:
    assert passes_of(rows, 8, epochs, max_steps) == passes


def test_held_out_rows_are_read_before_the_first_pass_and_after_each_without_going_back() -> None:
    lengths = RowLengths([[100], [200, 100]], [10], is_counted=True)
    assert lengths.trained(2) == 2 * 400 + 3 * 5
    assert lengths.trained(0.5) == 200 + 2 * 5
    assert RowLengths([[100]], [], is_counted=True).trained(3) == 300


@pytest.mark.parametrize(
    "config",
    [
        {"n_embd": 64, "n_inner": None, "n_layer": 2, "n_head": 4},
        {"d_model": 64, "n_layers": 2, "n_heads": 4},
        {"hidden_size": 64, "ffn_dim": 256, "num_layers": 2, "num_heads": 4},
        {"hidden_size": 1, "text_config": {"hidden_size": 64, "intermediate_size": [256, 128], "num_hidden_layers": 2}},
    ],
)
def test_a_students_size_is_found_under_the_names_that_its_architecture_gives_it(config: dict[str, Any]) -> None:
    same = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4}
    assert training_bytes(10**6, config) == training_bytes(10**6, same)
    assert lora_bytes(config, 16) == lora_bytes(same, 16)
