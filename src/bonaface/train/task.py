"""What a recipe gives to the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn
from torch.optim import Optimizer

from bonaface.core.images import Bytes8
from bonaface.train.sampling import Examples

Backward = Callable[[Tensor], None]
"""Adds the gradients of a loss to its parameters, as mixed precision and several devices ask for."""
Batch = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the training with its own optimisers.

    Attributes:
        name: for logs and for the names of exported networks.
        steps: number of batches.
        batch: faces a step.
        warm_up: steps over which the learning rates rise from 0; after them they fall along a cosine to 0.
    """

    name: str
    steps: int
    batch: int
    warm_up: int = 0


class Task(Protocol):
    """A recipe at work: networks, data and the losses of a step.

    Attributes:
        config: frozen dataclass of plain values, stored in every checkpoint.
        networks: all that is trained.
        averaged: the name of the network whose moving average is kept and exported.
        phases: in order.
        examples: what is drawn.
    """

    config: Any
    networks: dict[str, nn.Module]
    averaged: str
    phases: Sequence[Phase]
    examples: Examples

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """The optimisers of a phase, by name."""

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """One step: losses, gradients, optimisers. Everything random was drawn into the batch."""

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """A grid of what the averaged network does, for the logs, or None."""

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures on held-back faces, for the logs."""


@runtime_checkable
class Finishing(Protocol):
    """A task with something left to do when the last phase is over."""

    def finish(self, network: nn.Module) -> None:
        """Change the averaged network before it is kept."""


Losses = dict[str, Tensor]
"""By name, detached, for the logs."""
