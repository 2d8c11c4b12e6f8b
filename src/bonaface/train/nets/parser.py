"""The face parser: a small encoder and decoder with skips."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonaface.train.nets.blocks import ConvNorm
from bonaface.train.nets.reader import FaceReader

CLASSES = 19


class FaceParser(nn.Module):
    """(B, 3, S, S) RGB in [0, 1] -> (B, 19, S/2, S/2) logits; S a multiple of 16, 256 as trained.

    The encoder is the attribute reader's, so that it can start from one: 800 labelled faces are few, and 15,000 faces
    with attributes have taught it hats, glasses and earrings.

    Source: Ronneberger et al. 2015 (U-Net), arXiv:1505.04597; the picture-wide context of Zhao et al. 2017 (PSPNet),
    arXiv:1612.01105, with one bin.
    """

    def __init__(self, width: int = 32, decoder: tuple[int, int, int] = (96, 48, 24)) -> None:
        super().__init__()
        self.encoder = FaceReader(1, width)
        del self.encoder.head
        deep, middle, fine = decoder
        self.context = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(6 * width, deep, 1), nn.ReLU(inplace=True))
        self.deepest = ConvNorm(6 * width, deep, kernel=1)
        self.decode_32 = ConvNorm(deep + 4 * width, deep)
        self.decode_64 = ConvNorm(deep + 2 * width, middle)
        self.decode_128 = nn.Sequential(ConvNorm(middle + width, fine), ConvNorm(fine, fine))
        self.classify = nn.Conv2d(fine, CLASSES, 1)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        first = self.encoder.stem[0](images * 4 - 2)
        out = self.encoder.stem[1](first)
        skips = []
        for stage in self.encoder.stages:
            out = stage(out)
            skips.append(out)
        quarter, eighth, sixteenth = skips
        out = self.deepest(sixteenth) + self.context(sixteenth)
        out = self.decode_32(torch.cat([_doubled(out), eighth], 1))
        out = self.decode_64(torch.cat([_doubled(out), quarter], 1))
        logits: Tensor = self.classify(self.decode_128(torch.cat([_doubled(out), first], 1)))
        return logits


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
