"""RegGAN's losses (S4, equations 10 to 15). Norms are means over their values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

Judged = Sequence[Sequence[Tensor]]
"""For each scale the features of a discriminator's layers, its judgements last."""


def hinge_discriminator(real: Judged, made: Judged) -> Tensor:
    """Equation 15, a mean over the scales.

    Source: Lim & Ye 2017, arXiv:1705.02894.
    """
    terms = [
        functional.relu(1 - true[-1].float()).mean() + functional.relu(1 + false[-1].float()).mean()
        for true, false in zip(real, made, strict=True)
    ]
    return torch.stack(terms).mean()


def hinge_generator(made: Judged) -> Tensor:
    """Equation 12, a mean over the scales."""
    return torch.stack([-each[-1].float().mean() for each in made]).mean()


def feature_matching(made: Judged, real: Judged) -> Tensor:
    """Equation 13 on the refined picture: mean absolute difference of features, over layers and scales.

    S4's text compares the intermediate picture, which would give the refiner no gradient.

    Source: Wang et al. 2018, arXiv:1711.11585.
    """
    terms = [
        functional.l1_loss(ours.float(), theirs.float().detach())
        for mine, true in zip(made, real, strict=True)
        for ours, theirs in zip(mine[:-1], true[:-1], strict=True)
    ]
    return torch.stack(terms).mean()


def perceptual(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Equation 14 on the refined picture: mean absolute difference of a frozen network's features, over its layers."""
    terms = [functional.l1_loss(a.float(), b.float().detach()) for a, b in zip(made, real, strict=True)]
    return torch.stack(terms).mean()
