"""RegGAN's refinement network and its discriminators (S4, sections III.D and III.E)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm


@dataclass(frozen=True, slots=True)
class RefinerSize:
    """How large a refinement network is, and what of it is left out.

    Attributes:
        widths: channels at the first size and after each encoding block.
        fold: squares of so many pixels a side become channels before the first block, and pixels again after the last:
            blocks then work at 1 / fold of the picture's size (Shi et al. 2016, arXiv:1609.05158).
        latent: number of latent attention blocks.
        hourglass: channels inside attention units.
        depth: times that an hourglass halves its size.
        attention: attention units, or none (S4's "No AUs").
        skip: the intermediate picture is added to what comes out, so that the network learns a correction.
    """

    widths: tuple[int, int, int, int] = (24, 40, 56, 72)
    fold: int = 2
    latent: int = 10
    hourglass: int = 12
    depth: int = 2
    attention: bool = True
    skip: bool = True


COMPACT = RefinerSize()
PAPER = RefinerSize((32, 64, 128, 256), fold=1, hourglass=64, depth=4, skip=False)


class PreActivation(nn.Sequential):
    """PReLU, then a convolution: (B, inputs, H, W) -> (B, outputs, H / stride, W / stride).

    S4 names no normalisation; none is used, as pictures' tones and small batches ask for.

    Source: He et al. 2016, arXiv:1603.05027; PReLU of He et al. 2015, arXiv:1502.01852.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(nn.PReLU(inputs), nn.Conv2d(inputs, outputs, 3, stride, 1))


class Hourglass(nn.Module):
    """Down and up again, with a branch beside at every size: (B, C, H, W) kept.

    H and W are multiples of 2 ** depth.

    Source: Newell et al. 2016, arXiv:1603.06937; residual blocks are single convolutions here.
    """

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        self.beside = PreActivation(channels, channels)
        self.down = PreActivation(channels, channels, 2)
        self.inner: nn.Module = Hourglass(channels, depth - 1) if depth > 1 else PreActivation(channels, channels)
        self.up = PreActivation(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        lower = self.up(self.inner(self.down(features)))
        out: Tensor = self.beside(features) + functional.interpolate(lower, scale_factor=2.0, mode="nearest")
        return out


class AttentionUnit(nn.Module):
    """Where a block's features matter: (B, C, H, W) -> (B, 1, H, W) in (0, 1): hourglass, convolution, sigmoid."""

    def __init__(self, channels: int, inside: int, depth: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, inside, 1)
        self.hourglass = Hourglass(inside, depth)
        self.map = PreActivation(inside, 1)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        return torch.sigmoid(self.map(self.hourglass(self.reduce(features))))


class AttentionBlock(nn.Module):
    """Features that an attention unit weighs, beside a straight way: encoding, latent or decoding.

    "down" halves the size (stride of the second convolution), "up" doubles it first (nearest neighbour), "" keeps it.

    Source: S4, equations 7 to 9: the straight way + feature unit * sigmoid(attention unit); after Chen et al. 2020
    (SPARNet), arXiv:2012.01211, the attention unit looks at what the feature unit found.
    """

    def __init__(self, inputs: int, outputs: int, size: RefinerSize, way: str = "") -> None:
        super().__init__()
        stride = 2 if way == "down" else 1
        self.doubles = way == "up"
        self.features = nn.Sequential(PreActivation(inputs, inputs), PreActivation(inputs, outputs, stride))
        if way:
            self.straight: nn.Module = nn.Conv2d(inputs, outputs, 3, stride, 1)
        else:
            self.straight = nn.Identity()
            last = self.features[1][1]  # type: ignore[index]
            nn.init.normal_(last.weight, std=1e-2)  # ten in a row train without warm-up
        self.attention = AttentionUnit(outputs, size.hourglass, size.depth) if size.attention else None

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        if self.doubles:
            features = functional.interpolate(features, scale_factor=2.0, mode="nearest")
        found: Tensor = self.features(features)
        if self.attention is not None:
            found = found * self.attention(found)
        out: Tensor = self.straight(features) + found
        return out


class Refiner(nn.Module):
    """(B, 3, H, W) intermediate pictures in [0, 1] -> refined ones; H and W multiples of 8 * fold * 2 ** depth.

    Three encoding, `latent` latent and three decoding attention blocks.
    """

    def __init__(self, size: RefinerSize = COMPACT) -> None:
        super().__init__()
        one, two, three, four = size.widths
        self.skip, self.fold = size.skip, size.fold
        self.first = nn.Conv2d(3 * size.fold**2, one, 3, 1, 1)
        self.encode = nn.Sequential(
            AttentionBlock(one, two, size, "down"),
            AttentionBlock(two, three, size, "down"),
            AttentionBlock(three, four, size, "down"),
        )
        self.latent = nn.Sequential(*(AttentionBlock(four, four, size) for _ in range(size.latent)))
        self.decode = nn.Sequential(
            AttentionBlock(four, three, size, "up"),
            AttentionBlock(three, two, size, "up"),
            AttentionBlock(two, one, size, "up"),
        )
        self.last = PreActivation(one, 3 * size.fold**2)
        if size.skip:
            nn.init.normal_(self.last[1].weight, std=1e-3)  # type: ignore[arg-type]
            nn.init.zeros_(self.last[1].bias)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> Tensor:
        """See the class. Not cut to [0, 1]: losses keep their gradients outside."""
        centred = functional.pixel_unshuffle(image * 2 - 1, self.fold)
        made = self.last(self.decode(self.latent(self.encode(self.first(centred)))))
        out = functional.pixel_shuffle(made, self.fold)
        if self.fold > 1:
            out = _without_grid(out)
        return image + out if self.skip else (out + 1) / 2


def _without_grid(image: Tensor) -> Tensor:
    """(B, C, H, W) through the binomial filter 1 2 1 along both axes, whose response at the finest frequency is zero.

    Pixels that come out of one square of a pixel shuffle are made by different weights: adversarial training turns that
    into a grid of dots (Odena et al. 2016, doi:10.23915/distill.00003).
    """
    wide = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    across = wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:]
    return (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 16


class PatchDiscriminator(nn.Module):
    """(B, 3, S, S) pictures in [0, 1] -> the features of every layer and, last, (B, 1, s, s) judgements of patches.

    Source: Wang et al. 2018 (pix2pixHD), arXiv:1711.11585; spectral norms: Miyato et al. 2018, arXiv:1802.05957.
    """

    def __init__(self, width: int = 24, layers: int = 3, widest: int = 96) -> None:
        super().__init__()
        made: list[nn.Module] = []
        inputs, outputs = 3, width
        for _ in range(layers):
            made.append(nn.Sequential(spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)))
            inputs, outputs = outputs, min(2 * outputs, widest)
        made.append(spectral_norm(nn.Conv2d(inputs, 1, 3, 1, 1)))
        self.layers = nn.ModuleList(made)

    def forward(self, images: Tensor) -> list[Tensor]:
        """See the class."""
        found = [images * 2 - 1]
        for layer in self.layers:
            found.append(layer(found[-1]))
        return found[1:]


class PyramidDiscriminator(nn.Module):
    """Three discriminators of one shape, for pictures at 1, 1/2 and 1/4 of their size (S4, III.E)."""

    def __init__(self, width: int = 24, scales: int = 3) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(width) for _ in range(scales))

    def forward(self, images: Tensor) -> list[Sequence[Tensor]]:
        """(B, 3, S, S) -> for each scale its layers' features, the last its judgements."""
        found = []
        for number, each in enumerate(self.scales):
            found.append(each(images))
            if number + 1 < len(self.scales):
                images = functional.avg_pool2d(images, 2)
        return found
