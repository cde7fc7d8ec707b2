"""The order in which a round's rows are visited."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices

from citing_app.worker.dataset import NO_ROW


class EpochOrder(Sampler[int]):
    """Visits the rows in one `order`, the same each epoch."""

    def __init__(self, order: list[int]) -> None:
        self._order = order

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[int]:
        return iter(self._order)


class EpochSampler(Sampler[int]):
    """Shuffles the rows anew each epoch and puts rows of like length together, `rows_per_step` of them in a step.

    What an epoch's order is depends on `seed` and on its number alone, so that a trainer which begins in the middle
    visits what is left in the order of one that never stopped. `epoch` says which one is about to begin.
    """

    def __init__(self, lengths: list[int], rows_per_step: int, seed: int, epoch: Callable[[], int]) -> None:
        self._lengths = lengths
        self._rows_per_step = rows_per_step
        self._seed = seed
        self._epoch = epoch
        self._generator = torch.Generator().manual_seed(seed)
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        epoch = self._epoch()
        if epoch < self._drawn:
            self._generator.manual_seed(self._seed)
            self._drawn = 0
        while self._drawn < epoch:
            torch.randperm(len(self), generator=self._generator)
            self._drawn += 1
        self._drawn += 1
        return iter(get_length_grouped_indices(self._lengths, self._rows_per_step, generator=self._generator))


class EvenShares(Sampler[int]):
    """Visits rows as `order` does, and completes the last pass with `NO_ROW`, so that `processes` share its rows.

    A pass takes `rows_each` rows in each process. An incomplete one accelerate would complete with rows that the epoch
    has visited already.
    """

    def __init__(self, order: Sampler[int], rows_each: int, processes: int) -> None:
        self._order = order
        self._rows_each = rows_each
        self._processes = processes

    def __len__(self) -> int:
        rows = len(self._order)  # type: ignore[arg-type]
        return rows + -rows % (self._rows_each * self._processes)

    def __iter__(self) -> Iterator[int]:
        order = list(self._order)
        whole = len(order) - len(order) % (self._rows_each * self._processes)
        yield from order[:whole]
        if last := order[whole:]:
            for process in range(self._processes):
                share = last[process :: self._processes]
                yield from share + [NO_ROW] * (self._rows_each - len(share))
