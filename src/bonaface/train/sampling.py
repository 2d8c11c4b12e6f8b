"""Which face is drawn when: a pure function of the seed, so that a run can be resumed at any step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

Example = dict[str, NDArray[Any]]
"""Arrays by name; a batch holds them stacked."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a recipe learns from.

    Attributes:
        count: of different faces.
        make: (index, rng) -> example, with everything random from `rng`.
        weights: how often each face is drawn, relative to the others; None for each once in a round.
    """

    count: int
    make: Callable[[int, np.random.Generator], Example]
    weights: NDArray[np.float64] | None = None


class _Drawn(Dataset[Any]):
    """Examples by (draw, index): the draw's number seeds everything random in it."""

    def __init__(self, examples: Examples, seed: int) -> None:
        self._examples, self._seed = examples, seed

    def __getitem__(self, key: tuple[int, int]) -> Example:
        draw, index = key
        return self._examples.make(index, np.random.default_rng([self._seed, draw]))


class _Batches(Sampler[list[tuple[int, int]]]):
    """The batches from step `start` to `stop`, of which process `rank` of `world` takes its share."""

    def __init__(self, examples: Examples, seed: int, batch: int, start: int, stop: int, rank: int, world: int) -> None:
        self._examples, self._seed, self._batch = examples, seed, batch
        self._steps, self._rank, self._world = range(start, stop), rank, world

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        count = self._examples.count
        round_, order = -1, np.zeros(0, np.int64)
        for step in self._steps:
            keys = []
            for draw in range(step * self._batch, (step + 1) * self._batch):
                if draw // count != round_:
                    round_ = draw // count
                    order = self._order(round_)
                keys.append((draw, int(order[draw % count])))
            yield keys[self._rank :: self._world]

    def _order(self, round_: int) -> NDArray[np.int64]:
        rng = np.random.default_rng([self._seed, 2**31, round_])
        count, weights = self._examples.count, self._examples.weights
        if weights is None:
            return rng.permutation(count)
        return rng.choice(count, count, p=weights / weights.sum())


def load_batches(
    examples: Examples,
    *,
    seed: int,
    batch: int,
    start: int,
    stop: int,
    workers: int,
    rank: int = 0,
    world: int = 1,
) -> DataLoader[dict[str, Tensor]]:
    """Batches for steps `start` to `stop` (excluded), the same whatever the number of workers.

    Args:
        examples: what to draw from.
        seed: of the order and of everything random in the examples.
        batch: faces a step, over all processes.
        start: first step.
        stop: the step after the last.
        workers: processes that decode; 0 for none.
        rank: of this process.
        world: number of processes.
    """
    sampler = _Batches(examples, seed, batch, start, stop, rank, world)
    return DataLoader(
        _Drawn(examples, seed),
        batch_sampler=sampler,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
