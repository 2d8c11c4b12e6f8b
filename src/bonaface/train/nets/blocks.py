"""Blocks that several networks share."""

from __future__ import annotations

from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """Convolution, batch normalisation, ReLU: (B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class NormResidual(nn.Module):
    """He et al.'s basic block, with batch normalisation: (B, inputs, H, W) -> (B, outputs, H / stride, W / stride).

    Source: He et al. 2016, arXiv:1512.03385.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvNorm(inputs, outputs, stride=stride),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        same = stride == 1 and inputs == outputs
        self.shortcut: nn.Module = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = self.activation(self.body(features) + self.shortcut(features))
        return out


class Residual(nn.Module):
    """Two convolutions around a skip, without normalisation, as pictures' tones ask for: shape kept.

    Source: He et al. 2016, arXiv:1512.03385; without normalisation after Lim et al. 2017, arXiv:1707.02921.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1),
        )
        last = self.body[2]
        if isinstance(last, nn.Conv2d):  # close to the identity at the start: deep stacks train without warm-up
            nn.init.normal_(last.weight, std=1e-3)
            nn.init.zeros_(last.bias) if last.bias is not None else None

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = features + self.body(features)
        return out
