"""A small residual classifier of faces: the attribute reader and the expression reader."""

from __future__ import annotations

from torch import Tensor, nn

from bonaface.train.nets.blocks import ConvNorm, NormResidual


class FaceReader(nn.Module):
    """(B, 3, S, S) RGB in [0, 1] -> (B, outputs) logits; S a multiple of 16, 128 as trained.

    Four stages at 1/4, 1/8, 1/16 of the size; the mean over places and a linear layer. The stages' features serve as
    perceptual features where ImageNet networks cannot be had.

    Source: He et al. 2016, arXiv:1512.03385, in small.
    """

    def __init__(self, outputs: int, width: int = 32, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(3, width, kernel=5, stride=2), ConvNorm(width, width, stride=2))
        self.stages = nn.ModuleList(
            [
                nn.Sequential(NormResidual(width, 2 * width), NormResidual(2 * width, 2 * width)),
                nn.Sequential(NormResidual(2 * width, 4 * width, stride=2), NormResidual(4 * width, 4 * width)),
                nn.Sequential(NormResidual(4 * width, 6 * width, stride=2), NormResidual(6 * width, 6 * width)),
            ]
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(6 * width, outputs)
        )

    def features(self, images: Tensor) -> list[Tensor]:
        """(B, 3, S, S) RGB in [0, 1] -> the stages' features, at S/4, S/8 and S/16."""
        found = []
        out = self.stem(images * 4 - 2)
        for stage in self.stages:
            out = stage(out)
            found.append(out)
        return found

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.head(self.features(images)[-1])
        return logits
