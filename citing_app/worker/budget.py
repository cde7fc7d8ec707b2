"""A budget and what it pays for: one token that the student reads or writes costs 1, one that it learns from costs 2.

Writing, scoring and measuring a reference are forward passes. Learning by LoRA is one more than a forward pass: the
backward pass computes no gradients of the base's weights (arXiv 2106.09685, §4.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from citing_app.errors import OverBudget
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.sampler import EpochSampler

LEARNING = 2
"""What a token costs that is learned from."""


def cost(read: int, learned: int) -> int:
    """What a round costs that reads so many tokens without learning, and learns from so many."""
    return read + LEARNING * learned


def within_budget(spec: RoundSpec, lengths: Sequence[int], read_first: int) -> RoundSpec:
    """The spec of a round on rows of these `lengths`, ended where its budget does; its schedule then ends there too.

    `read_first` is how many tokens are read before the first step. The batches are known before training, so this is
    exact: one more step would cost more than the budget. Raises OverBudget where it does not pay for one step.
    """
    if not spec.budget:
        return spec
    left, steps = spec.budget - read_first, 0
    for step in _steps(spec, lengths):
        left -= LEARNING * step
        if left < 0:
            break
        steps += 1
    return ended_after(spec, len(lengths), steps)


def ended_after(spec: RoundSpec, rows: int, steps: int) -> RoundSpec:
    """The spec with so many steps, and as many epochs as they take. Raises OverBudget for none."""
    if not steps:
        raise OverBudget(f"A budget of {spec.budget:,} does not pay for one step; give a larger one.")
    in_an_epoch = -(-rows // (spec.batch_size * spec.accumulation))
    return replace(spec, max_steps=steps, epochs=-(-steps // in_an_epoch))


def _steps(spec: RoundSpec, lengths: Sequence[int]) -> Iterator[int]:
    """The tokens of each step, epoch after epoch, in the order in which the round visits its rows (trainer.py)."""
    size, limit = spec.batch_size * spec.accumulation, spec.max_steps or None
    epoch = done = 0
    sampler = EpochSampler(list(lengths), size, spec.seed, lambda: epoch)
    while True:
        order = range(len(lengths)) if spec.order == "given" else list(sampler)
        for start in range(0, len(order), size):
            if done == limit:
                return
            yield sum(lengths[row] for row in order[start : start + size])
            done += 1
        epoch += 1
