"""A moving average of a network's weights, which is what gets exported."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average(nn.Module):
    """An exponential moving average; young averages follow faster, so that the random start is forgotten.

    Source: Polyak & Juditsky 1992; the rising decay as in TensorFlow's ExponentialMovingAverage.
    """

    updates: torch.Tensor

    def __init__(self, network: nn.Module, decay: float) -> None:
        """`decay` per update, towards which min(decay, (1 + n) / (10 + n)) rises."""
        super().__init__()
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move towards the network's present weights; running statistics are copied."""
        self.updates += 1
        count = int(self.updates)
        decay = min(self.decay, (1 + count) / (10 + count))
        own: list[torch.Tensor] = list(self.network.parameters())
        new: list[torch.Tensor] = list(network.parameters())
        torch._foreach_lerp_(own, new, 1 - decay)
        for buffer, source in zip(self.network.buffers(), network.buffers(), strict=True):
            buffer.copy_(source)
