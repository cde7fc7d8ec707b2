"""What a round is said to take before it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from citing_app.rounds.estimate import lora_bytes, training_bytes


# PEFT still asks transformers by an old name.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapters_size_is_that_of_a_real_one(tiny_student: Path) -> None:
    config = json.loads((tiny_student / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(tiny_student)
    adapter = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    assert lora_bytes(config, 16) == 4 * adapter.get_nb_trainable_parameters()[0]


def test_a_config_that_says_nothing_is_that_of_the_bundled_student() -> None:
    assert 15e6 < lora_bytes({}, 16) < 25e6


def test_a_larger_student_takes_more() -> None:
    assert training_bytes(10**9) > training_bytes(10**8) > 10**9
