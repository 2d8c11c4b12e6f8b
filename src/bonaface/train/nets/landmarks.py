"""The landmark estimator for thumbnails: 68 points, and how sure it is of each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonaface.train.nets.blocks import ConvNorm, NormResidual

TO_DEVIATION = 3.0**0.5
"""A two-dimensional Laplace distribution of scale s has the standard deviation sqrt(3) s along each axis."""


class ThumbnailLandmarks(nn.Module):
    """Landmarks of an occluded thumbnail.

    Stands where S2 uses a published estimator (FAN), which reads whole faces.
    """

    def __init__(self, mean: Tensor, width: int = 48) -> None:
        """`mean` (68, 2): the mean face, in pixels of the 128 px crop; the network moves its points."""
        super().__init__()
        self.register_buffer("mean", mean.reshape(1, 68, 2).float())
        self.body = nn.Sequential(
            ConvNorm(4, width),
            NormResidual(width, width),
            NormResidual(width, 2 * width, stride=2),
            NormResidual(2 * width, 2 * width),
            NormResidual(2 * width, 3 * width, stride=2),
            ConvNorm(3 * width, 2 * width, kernel=1),
            nn.Flatten(),
        )
        self.points = nn.Sequential(nn.Linear(32 * width, 256), nn.ReLU(inplace=True), nn.Linear(256, 68 * 3))

    def forward(self, images: Tensor, occlusion: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate.

        Args:
            images: (B, 3, 16, 16) RGB in [0, 1].
            occlusion: (B, 1, 128, 128), 1 = covered; all 0 where unknown.

        Returns:
            (B, 68, 2) x and y in pixels of the 128 px crop, and (B, 68) standard deviations in pixels.
        """
        covered = functional.avg_pool2d(occlusion, 8)
        out = self.points(self.body(torch.cat([images * 4 - 2, covered], 1))).float().reshape(-1, 68, 3)
        return self.mean + 8 * out[..., :2], TO_DEVIATION * (functional.softplus(out[..., 2]) + 0.05)
