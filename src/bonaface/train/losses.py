"""The losses of Pro-UIGAN (S2, equations 4 to 11).

S2 writes Frobenius norms and says nothing of their scale; here every norm is a mean over its values, as the
loss functions of the framework that S2 used are: under this reading its weights (0.01 and 10) are of one order.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonaface.train.nets.reader import FaceReader

LOSS_SETS = {
    "mse-h": frozenset({"h"}),
    "mse-h-feature-23": frozenset({"h", "feature-23"}),
    "mse-h-feature": frozenset({"h", "feature"}),
    "no-global": frozenset({"h", "feature", "style", "local"}),
    "full": frozenset({"h", "feature", "style", "local", "global"}),
    "pixel": frozenset[str](),
}
"""Table III of S2, top to bottom, and the plain network's pixel loss alone. The intensity loss is in each."""


def intensity_loss(restored: Tensor, truth: Tensor) -> Tensor:
    """L_mse, equation 4."""
    return functional.mse_loss(restored, truth)


def feature_loss(restored: Tensor, truth: Tensor) -> Tensor:
    """L_f, equation 5, on features of one layer."""
    return functional.mse_loss(restored, truth)


def geometry_loss(found: Tensor, truth: Tensor) -> Tensor:
    """L_h, equation 6: mean over the landmarks of the squared distance of heatmaps, per pixel."""
    return functional.mse_loss(found, truth)


def style_loss(restored: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """L_style, equation 7: Gram matrices with K_n = 1 / (C H W), summed over the layers; the norm as a mean."""
    terms = [functional.l1_loss(_gram(a), _gram(b)) for a, b in zip(restored, truth, strict=True)]
    return torch.stack(terms).sum()


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """L_D, equations 8 and 9, from logits."""
    return functional.softplus(-real).mean() + functional.softplus(made).mean()


def adversarial_loss(made: Tensor) -> Tensor:
    """L_adv, equations 10 and 11, from logits: -log D."""
    return functional.softplus(-made).mean()


def _gram(features: Tensor) -> Tensor:
    flat = features.float().flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[1:].numel()


class Perception(nn.Module):
    """Features for the feature and style losses, from a network of the project: frozen.

    S2 takes ImageNet networks: VGG-19's relu3_2 for features, VGG-16's pool1 to pool3 for style. Those weights cannot
    be shipped, so the attribute reader's encoder stands in: its second stage (1/8 of the size) for features, its stem
    and first two stages for style. Pictures are enlarged to 128 px for it.
    """

    def __init__(self, reader: FaceReader) -> None:
        super().__init__()
        self.reader = reader.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> Perception:
        """Stay as the reader was when it was frozen."""
        return self

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, 3, S, S) in [0, 1] -> features of one layer, and of three for style."""
        if images.shape[2] != 128:
            images = functional.interpolate(images, size=(128, 128), mode="bilinear", align_corners=False)
        stem = self.reader.stem(images * 4 - 2)
        first = self.reader.stages[0](stem)
        second = self.reader.stages[1](first)
        return second, [stem, first, second]
