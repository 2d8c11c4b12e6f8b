"""Pro-UIGAN's generator: three blocks that inpaint and enlarge a thumbnail, guided by landmark heatmaps.

Source: Zhang et al. 2021, arXiv:2108.00602, sections III.B to III.D.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonaface.train.nets.blocks import Residual

POINTS = 68
SIZES = (16, 32, 64)
"""Of the blocks' inputs; their outputs are twice as large."""


@dataclass(frozen=True, slots=True)
class BlockSize:
    """Widths and depths of one UI-block.

    Attributes:
        width: channels at the block's input size.
        depth: residual blocks there, before the attention.
        out_width: channels after the deconvolution.
        out_depth: residual blocks after it.
        heat: side of the heatmaps in pixels, at most that of the block's input. Heatmaps of 68 landmarks are wider than
            all features of a narrow block: on a CPU they are half of its cost.
    """

    width: int
    depth: int
    out_width: int
    out_depth: int
    heat: int


COMPACT = (BlockSize(96, 5, 64, 2, 16), BlockSize(48, 1, 32, 1, 32), BlockSize(24, 1, 16, 1, 32))
PLAIN = (BlockSize(120, 5, 72, 2, 16), BlockSize(60, 1, 40, 1, 32), BlockSize(28, 1, 18, 1, 32))
"""Without priors and attention, as many weights as COMPACT has with them (1.845 and 1.847 million)."""
PAPER = (BlockSize(192, 6, 128, 4, 16), BlockSize(128, 4, 96, 4, 32), BlockSize(96, 2, 64, 3, 64))


class CrossModalAttention(nn.Module):
    """CM-AM: appearance and landmark features tell each other where to look (equations 1 and 2).

    Landmark features are queries, image features keys, each of unit length per pixel; their N x N matrix of cosines
    times the values, divided by N, is Q (K'V) / N: linear in the number of pixels N, which the printed element-wise
    product (of matrices that do not fit) leaves open.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(width, width, 1)
        self.key = nn.Conv2d(width, width, 1)
        self.appearance = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1))
        self.geometry = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1))

    def forward(self, landmark: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """F_L, F_C -> F_P (geometry priors), F_A (appearance features); all (B, C, H, W)."""
        queries = functional.normalize(self.query(landmark).flatten(2), dim=1)  # (B, C, N)
        keys = functional.normalize(self.key(image).flatten(2), dim=1)
        prior = landmark + _attend(queries, keys, self.appearance(image))
        appearance = image + _attend(queries, keys, self.geometry(landmark))
        return prior, appearance


def _attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """(B, C, N), (B, C, N), (B, C, H, W) -> (B, C, H, W): values gathered by the cosines of queries and keys."""
    height, width = values.shape[2:]
    gathered = keys @ values.flatten(2).transpose(1, 2) / (height * width)  # (B, C, C)
    found = gathered.transpose(1, 2) @ queries
    return found.reshape(found.shape[0], found.shape[1], height, width)


class UIBlock(nn.Module):
    """One Upsampling and Inpainting block: CM-AM, then the Transformative Upsampling Module (equation 3)."""

    def __init__(self, size: BlockSize, inputs: int, carried: int, *, with_prior: bool) -> None:
        """`inputs`: channels of the picture and what comes with it; `carried`: of the priors of the block before."""
        super().__init__()
        width, out = size.width, size.out_width
        self.heat = size.heat
        self.image = nn.Sequential(
            nn.Conv2d(inputs, width, 3, 1, 1), *(Residual(width) for _ in range(size.depth)), nn.ReLU()
        )
        self.with_prior = with_prior
        if with_prior:
            self.drawn = nn.Conv2d(POINTS, width, 1)
            self.carried = nn.Conv2d(carried, width, 1, bias=False) if carried else None
            self.attention = CrossModalAttention(width)
            self.heatmaps = nn.Conv2d(width, POINTS, 1)
        self.upsample = nn.ConvTranspose2d(2 * width if with_prior else width, out, 4, 2, 1)
        self.refine = nn.Sequential(nn.ReLU(), *(Residual(out) for _ in range(size.out_depth)))
        self.colour = nn.Conv2d(out, 3, 3, 1, 1)

    def forward(
        self, image: Tensor, drawn: Tensor | None, before: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """One block.

        Args:
            image: (B, inputs, S, S).
            drawn: (B, 68, heat, heat) heatmaps of the landmarks given; None without priors.
            before: (B, carried, S, S) priors of the block before, enlarged; None in the first.

        Returns:
            Change of the picture and features at 2S, heatmaps (B, 68, heat, heat), and F_P at S.
        """
        features = self.image(image)
        heatmaps = prior = None
        if self.with_prior and drawn is not None:
            landmark = self.drawn(drawn)
            if self.heat != image.shape[2]:
                landmark = _enlarged(landmark)
            if before is not None and self.carried is not None:
                landmark = landmark + self.carried(before)
            prior, appearance = self.attention(functional.relu(landmark), features)
            heatmaps = self.heatmaps(prior if self.heat == image.shape[2] else functional.avg_pool2d(prior, 2))
            features = torch.cat([prior, appearance], 1)
        features = self.refine(self.upsample(features))
        return self.colour(features), features, heatmaps, prior


@dataclass(frozen=True, slots=True)
class Hallucinated:
    """What the generator gives: pictures at 32, 64 and 128 px, and heatmaps (None without priors)."""

    pictures: tuple[Tensor, ...]
    heatmaps: tuple[Tensor | None, ...]


class ProUINet(nn.Module):
    """The generator: an occluded thumbnail and its landmarks to a face without occlusion, in three blocks.

    Every block adds to the block before, enlarged: the first to the thumbnail itself, in which what is covered only in
    part is brought back to its full brightness.
    """

    def __init__(self, sizes: tuple[BlockSize, ...] = COMPACT, *, with_prior: bool = True) -> None:
        """`with_prior` False: the ablation "P-FP" of S2's table II."""
        super().__init__()
        self.with_prior = with_prior
        blocks: list[UIBlock] = []
        carried = carried_prior = 0
        for number, size in enumerate(sizes):
            inputs = 3 + carried + (4 if number == 0 else 0)
            blocks.append(UIBlock(size, inputs, carried_prior, with_prior=with_prior))
            carried, carried_prior = size.out_width, size.width
        self.blocks = nn.ModuleList(blocks)
        self.heat_sizes = tuple(size.heat for size in sizes)

    def forward(
        self, images: Tensor, occlusion: Tensor, landmarks: Tensor, spread: Tensor, stages: int = 3
    ) -> Hallucinated:
        """Hallucinate.

        Args:
            images: (B, 3, 16, 16) RGB in [0, 1], 0 where covered.
            occlusion: (B, 1, 128, 128), 1 = covered; all 0 where unknown or nothing is covered.
            landmarks: (B, 68, 2) x and y in pixels of the 128 px face.
            spread: (B, 68) their standard deviations in pixels.
            stages: how many blocks to run.
        """
        covered = functional.avg_pool2d(occlusion, 8)
        open_ = 1 - covered
        lifted = torch.where(open_ > 0.2, images / open_.clamp(min=0.2), images)
        picture = lifted.clamp(0, 1)
        given = torch.cat([picture * 2 - 1, images * 2 - 1, covered], 1)
        pictures, heatmaps = [], []
        prior: Tensor | None = None
        for block, heat_size in zip(self.blocks[:stages], self.heat_sizes, strict=False):
            drawn = draw_heatmaps(landmarks, spread, heat_size) if self.with_prior else None
            change, features, heat, prior = block(given, drawn, None if prior is None else _enlarged(prior))
            picture = _enlarged(picture) + change.float()
            pictures.append(picture)
            heatmaps.append(heat)
            given = torch.cat([picture.to(features.dtype) * 2 - 1, features], 1)
        return Hallucinated(tuple(pictures), tuple(heatmaps))


def _enlarged(values: Tensor) -> Tensor:
    return functional.interpolate(values, scale_factor=2.0, mode="bilinear", align_corners=False)


def draw_heatmaps(landmarks: Tensor, spread: Tensor, size: int) -> Tensor:
    """One Gaussian a landmark, 1 at its centre where it is sure.

    Args:
        landmarks: (B, 68, 2) in pixels of a 128 px picture.
        spread: (B, 68) standard deviations in pixels of it; widened by the pixel of the heatmap.
        size: of the heatmaps.

    Returns:
        (B, 68, size, size). A wide Gaussian is lower, so that its sum stays what it was.
    """
    scale = size / 128
    places = torch.arange(size, device=landmarks.device, dtype=landmarks.dtype)
    centres = (landmarks + 0.5) * scale - 0.5
    variance = (spread * scale) ** 2 + 0.5
    rows = torch.exp(-((places - centres[..., 1:]) ** 2) / (2 * variance[..., None]))
    columns = torch.exp(-((places - centres[..., :1]) ** 2) / (2 * variance[..., None]))
    height = (0.5 / variance)[..., None, None]
    return rows[..., :, None] * columns[..., None, :] * height
