"""Pro-UIGAN's discriminators: one that sees the whole face, and one for each size that sees its middle."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """(B, 3, S, S) pictures in [0, 1] -> (B, 1) logits, positive for real ones; S a power of two from 16.

    Strided convolutions down to 4 x 4, each halving the size. Spectral normalisation keeps the small batches of a CPU
    stable; S2 does not describe its discriminators' layers.

    Source: Radford et al. 2016, arXiv:1511.06434; Miyato et al. 2018, arXiv:1802.05957.
    """

    def __init__(self, size: int, width: int = 24, widest: int = 128) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, outputs = 3, width
        while size > 4:
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2, inplace=True)]
            inputs, outputs, size = outputs, min(2 * outputs, widest), size // 2
        self.body = nn.Sequential(*layers)
        self.head = spectral_norm(nn.Linear(inputs * 16, 1))

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.head(self.body(images * 2 - 1).flatten(1))
        return logits


def middle(images: Tensor, size: int) -> Tensor:
    """The central `size` x `size` pixels, which hold the eyes, the nose and the mouth."""
    top, left = (images.shape[2] - size) // 2, (images.shape[3] - size) // 2
    return images[:, :, top : top + size, left : left + size]
