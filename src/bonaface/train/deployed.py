"""The networks as they are shipped: with the inputs and outputs that `graphs` expects."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bonaface.train.nets.pro_uigan import Hallucinated, ProUINet

PRO_UIGANS = ("pro-uigan-compact.onnx", "pro-uigan-compact-full.onnx", "pro-uigan-plain.onnx")
"""The fidelity form, the full form, and the plain network of the same size, which leaves the landmarks unused."""


class DeployedProUIGAN(nn.Module):
    """The generator with one output: the face of 128 px, clipped to [0, 1]."""

    def __init__(self, generator: ProUINet) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, occlusion: Tensor, landmarks: Tensor, spread: Tensor) -> Tensor:
        """See `ProUINet.forward`."""
        made: Hallucinated = self.generator(image, occlusion, landmarks, spread)
        return made.pictures[-1].clamp(0, 1)


def example_inputs(name: str, count: int = 2) -> dict[str, Tensor]:
    """Inputs of a shipped graph by its file's name, with reproducible values.

    Raises:
        KeyError: no such graph.
    """
    generator = torch.Generator().manual_seed(0)
    covered = torch.zeros(count, 1, 128, 128)
    covered[:, :, 40:80, 30:70] = 1
    thumbnail = {"image": torch.rand(count, 3, 16, 16, generator=generator), "occlusion": covered}
    landmarks = {
        "landmarks": torch.rand(count, 68, 2, generator=generator) * 127,
        "spread": 1 + 4 * torch.rand(count, 68, generator=generator),
    }
    return {
        "bonaface-landmarks.onnx": thumbnail,
        **{graph: {**thumbnail, **landmarks} for graph in PRO_UIGANS},
        "bonaface-parser.onnx": {"image": torch.rand(count, 3, 256, 256, generator=generator)},
        "bonaface-attributes.onnx": {"image": torch.rand(count, 3, 128, 128, generator=generator)},
        "bonaface-expression.onnx": {"image": torch.rand(count, 3, 128, 128, generator=generator)},
        "reggan-compact.onnx": {"image": torch.rand(count, 3, 256, 256, generator=generator)},
    }[name]


OUTPUTS = {
    "bonaface-landmarks.onnx": ("landmarks", "spread"),
    **dict.fromkeys(PRO_UIGANS, ("restored",)),
    "bonaface-parser.onnx": ("logits",),
    "bonaface-attributes.onnx": ("logits",),
    "bonaface-expression.onnx": ("logits",),
    "reggan-compact.onnx": ("refined",),
}
