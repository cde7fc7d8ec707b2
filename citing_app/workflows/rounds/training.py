"""Rounds, from what is accepted to a place in the queue; following.py has them trained."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.method.samples import SampleFigures, sample_figures
from citing_app.models.names import resolve_student
from citing_app.rounds.estimate import TOKENS_PER_SECOND, estimate_seconds, passes_of
from citing_app.rounds.launcher import Launcher
from citing_app.rounds.layout import create, next_number
from citing_app.rounds.spec import Lora, Parent, RoundSpec
from citing_app.store import rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.preflight import Check, ensure_can_start, preflight, row_lengths
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.rounds.supervising import Note, follow, made_round, record
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.students import REFERENCE, adapter_of, ensure_in_use, reward_model_of, round_with_adapter
from citing_app.workflows.studio import Studio

ROWS_PER_STEP = 8
_BATCHES = {"cpu": (2, 4), "cuda": (8, 1)}
"""Rows in one pass and passes in one step: `ROWS_PER_STEP` everywhere. On a CPU two rows at once are as fast as eight
and take a quarter of the memory."""
_ELSEWHERE = {"device": "cuda"}
"""What is taken to be where a launcher takes a round: a GPU, and nothing is known of its memory."""


@dataclass(frozen=True)
class Plan:
    """What a round would do. `seconds` is an estimate, and too high where the tokens are not `is_counted`.

    `samples` are the figures of what it would learn of the student's own answers; None where it learns none. Where all
    candidates were set aside, `next_seed` draws others.
    """

    pairs: int
    rows: int
    tokens: int
    is_counted: bool
    seconds: float
    device: str
    held_out: int
    validates_on: str
    checks: list[Check]
    samples: SampleFigures | None
    next_seed: int | None


def plan(studio: Studio, choices: Choices, device: dict[str, Any]) -> Plan:
    """What a round with these choices would take on this device, or wherever its launcher takes it."""
    material = gather(studio.store, choices)
    name, launcher = _launcher(studio, choices)
    device = _ELSEWHERE if launcher.is_elsewhere else device
    lengths, (batch_size, _) = row_lengths(studio, material), _BATCHES[_kind(device)]
    return Plan(
        pairs=material.pairs,
        rows=len(material.train),
        tokens=lengths.tokens,
        is_counted=lengths.is_counted,
        seconds=estimate_seconds(
            lengths.trained(passes_of(len(material.train), ROWS_PER_STEP, material.epochs, choices.steps or 0))
            * kind_of(choices.kind).passes,
            _rate(studio, _kind(device)),
        ),
        device=_device_line(device, name if launcher.is_elsewhere else None),
        held_out=len(material.validation),
        validates_on=material.validates_on,
        checks=preflight(studio, choices, material, lengths, device, batch_size),
        samples=sample_figures(material.train),
        next_seed=material.set_aside.next_seed if material.set_aside else None,
    )


def start_round(studio: Studio, choices: Choices, started_by: str, note: Note = lambda cursor, number: None) -> int:
    """Write the round's directory and have it trained in the background when its turn comes; its number.

    `note` writes down what else must be known of the round, in the transaction that records it. Raises CitingError
    where there is nothing to learn, or the parent has no adapter.
    """
    with studio.starting_round:  # two clicks at once must not learn the same decisions twice
        return _start(studio, choices, started_by, note)


def _start(studio: Studio, choices: Choices, started_by: str, note: Note) -> int:
    material = gather(studio.store, choices)
    name, launcher = _launcher(studio, choices)
    device = _ELSEWHERE if launcher.is_elsewhere else studio.device_info()
    batch_size, accumulation = _BATCHES[_kind(device)]
    ensure_can_start(preflight(studio, choices, material, row_lengths(studio, material), device, batch_size))
    with studio.store.read() as cursor:
        by_number = {row.number: row for row in rounds.all_rounds(cursor)}
    number = _next_number(studio)
    spec = RoundSpec(
        round=number,
        run_id=uuid.uuid4().hex,
        student=resolve_student(studio.chosen.given, studio.settings.cache_dir),
        kind=choices.kind,
        objective=choices.objective,
        parent=_parent(studio, by_number, choices.parent),
        depth=_depth(by_number, choices),
        lora=_lora(studio, choices.parent),
        batch_size=batch_size,
        accumulation=accumulation,
        seed=choices.seed,
        order=material.order,
        epochs=material.epochs,
        learning_rate=material.learning_rate,
        patience=material.patience,
        max_steps=choices.steps or 0,
        budget=choices.budget,
        validates_on=material.validates_on,
        reward=_reward(studio, choices),
        prompts=material.prompts,
        launcher=name,
    )
    directory = create(studio.rounds_folder, spec, material.train, material.validation)
    record(studio, directory, started_by, note=note)
    follow(studio, number)
    return number


def repeat_round(studio: Studio, number: int, started_by: str) -> int:
    """Train a round again from the same rows, seed and parent, as a new one in the queue; its number.

    On the same machine's CPU its adapter has the same hash.
    """
    with studio.starting_round:
        first = made_round(studio, number)
        ensure_in_use(studio, number, asdict(first.read_spec()))
        parent, reward = first.read_spec().parent, first.read_spec().reward
        if parent is not None:
            adapter_of(studio, parent.round)  # it may have been deleted since
        if reward is not None:
            reward_model_of(studio, reward.round)
        spec = replace(first.read_spec(), round=_next_number(studio), run_id=uuid.uuid4().hex)
        directory = create(studio.rounds_folder, spec, first.read_rows(first.train), first.read_rows(first.validation))
        record(studio, directory, started_by, repeats=number)
        follow(studio, spec.round)
        return spec.round


def cancel_round(studio: Studio, number: int) -> None:
    """Ask a round to stop; within five seconds it has."""
    with studio.store.read() as cursor:
        state = rounds.state_of(cursor, number)
    if state not in RUNNING:
        raise CitingError(f"Round {number} is not training.")
    directory_of(studio, number).request_cancel()
    if studio.jobs.running(round_job(number)):
        studio.jobs.cancel(round_job(number))
    else:
        follow(studio, number)


def _next_number(studio: Studio) -> int:
    with studio.store.read() as cursor:
        return next_number(studio.rounds_folder, rounds.highest_number(cursor))


def _parent(studio: Studio, by_number: dict[int, RoundRow], parent: int | None) -> Parent | None:
    if parent is None:
        return None
    adapter = adapter_of(studio, parent)
    result = by_number[parent].result or {}
    return Parent(round=parent, adapter=str(adapter), hash=result["adapter_hash"])


def _reward(studio: Studio, choices: Choices) -> Parent | None:
    """The reward model that is asked while the round trains; None for the likeness to the reference answers."""
    if choices.reward == REFERENCE or not kind_of(choices.kind).asks_reward:
        return None
    number = int(choices.reward)
    adapter = reward_model_of(studio, number)
    result = round_with_adapter(studio.store, number).result or {}
    return Parent(round=number, adapter=str(adapter), hash=result["adapter_hash"])


def _lora(studio: Studio, parent: int | None) -> Lora:
    """The shape of the adapter that is trained: one that is carried on keeps its own."""
    return Lora() if parent is None else directory_of(studio, parent).read_spec().lora


def _depth(by_number: dict[int, RoundRow], choices: Choices) -> int:
    """The place in the curriculum: 0 for what begins one, and what carries nothing on is its first."""
    if kind_of(choices.kind).begins:
        return 0
    return 1 if choices.parent is None else by_number[choices.parent].depth + 1


def rate_of(studio: Studio) -> float:
    """At how many tokens per second rounds train on this machine, as far as it is known."""
    return _rate(studio, _kind(studio.device_info()))


def _rate(studio: Studio, kind: str) -> float:
    """Tokens per second: what the newest finished round on such a device measured, else the usual."""
    with studio.store.read() as cursor:
        results = [row.result for row in rounds.all_rounds(cursor) if row.result]
    measured = (float(r["tokens_per_second"] or 0) for r in results if str(r.get("device", "")).startswith(kind))
    return next(filter(None, measured), TOKENS_PER_SECOND.get(kind, TOKENS_PER_SECOND["cpu"]))


def _launcher(studio: Studio, choices: Choices) -> tuple[str, Launcher]:
    name = choices.launcher or next(iter(studio.launchers.named))
    return name, studio.launchers.get(name)


def _kind(device: dict[str, Any]) -> str:
    """`cpu` or `cuda`."""
    return str(device.get("device", "cpu")).split(":")[0]


def _device_line(device: dict[str, Any], elsewhere: str | None) -> str:
    if elsewhere:
        return f"elsewhere, by {elsewhere}"
    if not device:
        return "device not known yet"
    free = device.get("free_bytes")
    name = "CPU" if device["device"] == "cpu" else f"{device['device']} · {device['name']}"
    return name + (f" · {free / 1e9:.0f} GB free" if free else "")
