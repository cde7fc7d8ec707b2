"""What a round is asked to do: `spec.json`, everything the trainer needs to know beside its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, TypeVar, get_args

from citing_app.errors import CitingError
from citing_app.kinds import DEFAULT, kinds
from citing_app.types import Objective

DEVICES = ("auto", "cuda", "cpu")
DTYPES = ("auto", "bfloat16", "float32")
IMPORTED, BLEND = "imported", "blend"
UNTRAINED = (IMPORTED, BLEND)
"""In place of a kind: the adapter was trained elsewhere, or is made of other rounds' adapters."""
ORDERS = ("length", "given", "easy")
SWITCHES = ("auto", "on", "off")
QUANTIZATIONS = ("none", "4bit")
MAX_LENGTH = 1024
"""Tokens of a training row, unless a spec says otherwise."""
_Part = TypeVar("_Part", "Parent", "Lora", "Ingredient")


@dataclass(frozen=True)
class Parent:
    """The adapter of another round: one that a round goes on training, or that scores its answers.

    `adapter` is its folder, absolute or relative to the round's directory; `hash` is the sha256 of its weights, so
    that a round never continues from something else than it was planned on.
    """

    round: int
    adapter: str
    hash: str


@dataclass(frozen=True)
class Lora:
    """The shape of the adapter (arXiv 2106.09685); with a parent it is the parent's, which is kept."""

    r: int = 16
    alpha: float = 32
    dropout: float = 0.0
    targets: str | tuple[str, ...] = "all-linear"


@dataclass(frozen=True)
class Ingredient:
    """An adapter that a blend is made of: the sha256 of its weights, and what its ΔW is multiplied by."""

    round: int
    hash: str
    weight: float


@dataclass(frozen=True)
class RoundSpec:
    """One round's training, as written to `spec.json`.

    `kind` is the name of one of kinds/, which has the trainer, or one of `UNTRAINED`; a blend says by `blend` what it
    is made of. `student` is a local folder or a hub name; `depth` is the round's place in the curriculum: its parent's
    plus one, 0 for what begins one. `batch_size` is the number of rows in one forward pass, divided among the
    processes; one optimiser step takes `accumulation` of them. `warmup_ratio` is the share of the steps over which the
    learning rate rises.
    A row longer than `max_length` tokens is left out and counted. `order` is how rows are visited: "length" shuffles
    them and puts rows of like length together, "given" takes them as they lie in the file, "easy" begins with those
    that the student finds likeliest before it trains. Training ends after `max_steps` steps where the epochs have more
    (0: no such end), and its schedule with it; so it does after the last step that `budget` pays for (0: none), in
    the unit of worker/budget.py. With `patience`, it ends after as many evaluations without a better
    held-out loss, and the adapter is the best one's (0: never). `validates_on` names the held-out rows where a person
    chose them; empty: those of the validation split.
    `reward` is the reward model whose scores a round by a reward learns from; None: the likeness to the reference
    answers. `prompts` has, by name, the hashes of the templates that the rows were rendered with: a part of what made
    the adapter. A resumable checkpoint is written every `checkpoint_seconds` (0: none). `packing`, `checkpointing` (of
    gradients) and `quantization` (of the base) are for a GPU; "auto" takes them where they help. `launcher` names
    what starts the trainer; the trainer itself does not care.
    Raises CitingError for values that cannot train.
    """

    round: int
    run_id: str
    student: str
    kind: str = DEFAULT
    objective: Objective = "both"
    parent: Parent | None = None
    depth: int = 1
    lora: Lora = field(default_factory=Lora)
    learning_rate: float = 2e-4
    epochs: int = 2
    batch_size: int = 8
    accumulation: int = 1
    warmup_ratio: float = 0.05
    seed: int = 17
    max_length: int = MAX_LENGTH
    device: str = "auto"
    dtype: str = "auto"
    order: str = "length"
    patience: int = 0
    max_steps: int = 0
    budget: int = 0
    validates_on: str = ""
    reward: Parent | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    checkpoint_seconds: int = 120
    packing: str = "auto"
    checkpointing: str = "auto"
    quantization: str = "none"
    launcher: str = "here"
    blend: tuple[Ingredient, ...] = ()

    def __post_init__(self) -> None:
        for name in ("depth", "patience", "max_steps", "budget", "checkpoint_seconds"):
            _check(_whole(getattr(self, name)) and getattr(self, name) >= 0, f"{name} must be a whole number")
        for name in ("round", "epochs", "batch_size", "accumulation", "max_length"):
            _check(_whole(getattr(self, name)) and getattr(self, name) >= 1, f"{name} must be a whole number above 0")
        _check(_whole(self.seed) and 0 <= self.seed < 2**32, "seed must be a whole number below 2**32")
        _check(_text(self.run_id), "run_id is missing")
        _check(_text(self.launcher), "launcher is missing: it is a name")
        _check(isinstance(self.validates_on, str), "validates_on must be a name")
        _check(_text(self.student), "student is missing: give a hub name or a folder")
        for name in ("parent", "reward"):
            part = getattr(self, name)
            _check(part is None or (_text(part.adapter) and _text(part.hash)), f"{name} is not complete")
        for name, words in {"kind": (*kinds(), *UNTRAINED), **_WORDS}.items():
            _check(getattr(self, name) in words, f"{name} must be one of {', '.join(words)}")
        _check(_number(self.learning_rate) and 0 < self.learning_rate < 1, "learning_rate must lie between 0 and 1")
        _check(_number(self.warmup_ratio) and 0 <= self.warmup_ratio < 1, "warmup_ratio must lie in [0, 1)")
        _check(_whole(self.lora.r) and self.lora.r >= 1, "lora.r must be a whole number above 0")
        _check(_number(self.lora.alpha) and self.lora.alpha > 0, "lora.alpha must be above 0")
        _check(_number(self.lora.dropout) and 0 <= self.lora.dropout < 1, "lora.dropout must lie in [0, 1)")
        _check(bool(self.lora.targets), "lora.targets is empty")
        _check(not self.budget or self.order != "easy", "a budget needs an order that is known before training")
        _check(bool(self.blend) == (self.kind == BLEND), "blend says what a blend is made of, and nothing else does")
        _check(all(_text(one.hash) and _number(one.weight) for one in self.blend), "blend is not complete")

    def to_json(self) -> str:
        """This spec as the text of `spec.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RoundSpec:
        """The spec in `text`. Raises CitingError where it is not one, with the first thing that is wrong."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise CitingError("The round's spec.json is not JSON; make the round again.") from error
        _check(isinstance(values, dict), "it is not an object")
        _check_names(cls, values, "")
        parent, reward = (
            _part(Parent, values[name], name) if values.get(name) is not None else None for name in ("parent", "reward")
        )
        lora = _part(Lora, values["lora"], "lora") if "lora" in values else Lora()
        blend = values.get("blend", [])
        _check(isinstance(blend, list), "blend is not a list")
        made_of = tuple(_part(Ingredient, one, "blend") for one in blend)
        return cls(**{**values, "parent": parent, "reward": reward, "lora": lora, "blend": made_of})


_WORDS = {
    "objective": get_args(Objective),
    "device": DEVICES,
    "dtype": DTYPES,
    "order": ORDERS,
    "packing": SWITCHES,
    "checkpointing": SWITCHES,
    "quantization": QUANTIZATIONS,
}


def _part(kind: type[_Part], part: Any, name: str) -> _Part:
    _check(isinstance(part, dict), f"{name} is not an object")
    _check_names(kind, part, f"{name}.")
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in part.items()}
    return kind(**given)


def _check_names(kind: type[Any], values: Mapping[str, Any], prefix: str) -> None:
    known = {f.name for f in fields(kind)}
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    for name in sorted(values.keys() - known):
        raise CitingError(f"The round's spec.json is not valid: {prefix}{name} is not a known setting.")
    for name in sorted(required - values.keys()):
        raise CitingError(f"The round's spec.json is not valid: {prefix}{name} is missing.")


def _check(holds: bool, complaint: str) -> None:
    if not holds:
        raise CitingError(f"The round's spec.json is not valid: {complaint}.")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
