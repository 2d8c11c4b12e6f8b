"""StyleGAN2's modulated convolutions, rewritten so that their weights are constants: the same numbers, sooner.

A modulated convolution scales its weights by each sample's style, and by what brings the result back to unit variance:
the weights of every layer differ from face to face, and no engine can lay them out beforehand. A convolution is linear,
so that scaling its input by the style, and its output by the other factor, gives the same.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Modulated(nn.Module):
    """One modulated convolution, from a module of spandrel's GFPGAN (`ModulatedConv2d`) with all its attributes.

    Source:
        Karras et al. 2020, arXiv:1912.04958, eq. 1 to 3.
    """

    def __init__(self, source: Any) -> None:
        super().__init__()
        weight = source.weight.detach()[0]
        self.modulation = source.modulation
        self.weight = nn.Parameter(weight.clone(), requires_grad=False)
        squares = weight.double().square().sum(dim=(2, 3)).T.float()
        self.squares = nn.Parameter(squares.contiguous(), requires_grad=False)  # (in, out)
        self.demodulate, self.eps = bool(source.demodulate), float(source.eps)
        self.sample_mode = source.sample_mode

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(N, C, h, w) and (N, S) -> (N, C', h', w')."""
        scale = self.modulation(style)
        x = x * scale[:, :, None, None]  # before it is enlarged, while it is small
        if self.sample_mode is not None:
            factor = {"upsample": 2.0, "downsample": 0.5}[self.sample_mode]
            x = functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
        out = functional.conv2d(x, self.weight, padding=self.weight.shape[-1] // 2)
        if not self.demodulate:
            return out
        return out * torch.rsqrt(scale.square() @ self.squares + self.eps)[:, :, None, None]


def lean(network: nn.Module) -> nn.Module:
    """A copy with every modulated convolution rewritten."""
    copied = copy.deepcopy(network)
    names = [name for name, part in copied.named_modules() if type(part).__name__ == "ModulatedConv2d"]
    for name in names:
        copied.set_submodule(name, Modulated(copied.get_submodule(name)))
    return copied
