"""A round's spec: there and back, and a sentence for everything that cannot train."""

from __future__ import annotations

import json
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.spec import Lora, Parent, RoundSpec


def spec(**changes: Any) -> RoundSpec:
    return RoundSpec(**{"round": 3, "run_id": "run", "student": "some/student", **changes})


def test_a_spec_survives_its_file() -> None:
    written = spec(
        parent=Parent(2, "../0002/adapter", "abc"), depth=2, lora=Lora(r=4, targets=("q_proj", "v_proj")), seed=5
    )
    assert RoundSpec.from_json(written.to_json()) == written


def test_a_file_may_leave_out_what_has_a_default() -> None:
    assert RoundSpec.from_json('{"round": 3, "run_id": "run", "student": "some/student"}') == spec()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"round": 0}, "round must be"),
        ({"epochs": 0}, "epochs must be"),
        ({"epochs": True}, "epochs must be"),
        ({"batch_size": "8"}, "batch_size must be"),
        ({"seed": -1}, "seed must be"),
        ({"run_id": ""}, "run_id is missing"),
        ({"student": ""}, "student is missing"),
        ({"kind": "ppo"}, "kind must be"),
        ({"order": "random"}, "order must be"),
        ({"packing": "yes"}, "packing must be"),
        ({"quantization": "2bit"}, "quantization must be"),
        ({"patience": -1}, "patience must be"),
        ({"max_steps": -1}, "max_steps must be"),
        ({"validates_on": None}, "validates_on must be"),
        ({"objective": "all"}, "objective must be"),
        ({"device": "tpu"}, "device must be"),
        ({"dtype": "float16"}, "dtype must be"),
        ({"learning_rate": 0}, "learning_rate must"),
        ({"learning_rate": "fast"}, "learning_rate must"),
        ({"warmup_ratio": 1.0}, "warmup_ratio must"),
        ({"lora": Lora(r=0)}, "lora.r must"),
        ({"lora": Lora(dropout=1.0)}, "lora.dropout must"),
        ({"lora": Lora(targets=())}, "lora.targets is empty"),
        ({"parent": Parent(2, "", "abc")}, "parent is not complete"),
        ({"reward": Parent(2, "adapter", "")}, "reward is not complete"),
    ],
)
def test_values_that_cannot_train_are_refused_with_the_reason(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CitingError, match=complaint):
        spec(**changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"learning_rat": 0.1}, "learning_rat is not a known setting"),
        ({"student": ...}, "student is missing"),
        ({"lora": {"rank": 8}}, "lora.rank is not a known setting"),
        ({"parent": {"round": 2, "hash": "abc"}}, "parent.adapter is missing"),
        ({"parent": "0002"}, "parent is not an object"),
    ],
)
def test_a_file_with_wrong_names_is_refused_with_the_name(changes: dict[str, Any], complaint: str) -> None:
    values = {**json.loads(spec().to_json()), **changes}
    text = json.dumps({name: value for name, value in values.items() if value is not ...})
    with pytest.raises(CitingError, match=complaint):
        RoundSpec.from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[1]", "3"])
def test_a_file_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(CitingError, match=r"spec\.json"):
        RoundSpec.from_json(text)
