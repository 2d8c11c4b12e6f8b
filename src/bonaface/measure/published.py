"""Networks of others that measures rest on, as ONNX graphs: their cards, and opening one as what it must be.

They are fetched on request, never by themselves. SHA-256 sums are those that unrelated public projects pin.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.graphs.guard import look
from bonaface.graphs.onnx import Graph
from bonaface.graphs.tensors import Adapt, Signature, Tensor, described

_FOLDERS = (
    "https://github.com/facefusion/facefusion-assets/releases/download/models-3.0.0/",
    "https://huggingface.co/facefusion/models-3.0.0/resolve/main/",
)
ARCFACE = Weights(
    name="arcface_w600k_r50.onnx",
    sha256="f1f79dc3b0b79a69f94799af1fffebff09fbd78fd96a275fd8f0cbbea23270d1",
    megabytes=174.4,
    licence="InsightFace's models: non-commercial research only",
    commercial=False,
    training_data="WebFace600K: about 12 million faces of 600,000 people from the web (part of WebFace260M)",
    source=Source("Deng et al. 2019 (ArcFace), as in InsightFace's buffalo_l", "arXiv:1801.07698"),
    urls=tuple(f"{folder}arcface_w600k_r50.onnx" for folder in _FOLDERS),
)
FAN = Weights(
    name="2dfan4.onnx",
    sha256="678c6fa539d52335a31c980feefdf4a6e02d781d83dce00af8a894f114557285",
    megabytes=97.9,
    licence="BSD-3-Clause (face_alignment); trained on 300W-LP, whose pictures are for research",
    commercial=False,
    training_data="300W-LP: 61,225 pictures made of 300-W's, 68 points",
    source=Source("Bulat & Tzimiropoulos 2017 (2D-FAN-4)", "arXiv:1703.07332"),
    urls=tuple(f"{folder}2dfan4.onnx" for folder in _FOLDERS),
)


def network(file: Path, side: int, wanted: tuple[int, ...]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """A graph from one picture to one array, whatever its exporter called them.

    Args:
        file: verified.
        side: of the picture: the input is float32 (1, 3, side, side).
        wanted: the shape of the output that is wanted, without the first axis. Other outputs are not computed.

    Returns:
        From (1, 3, side, side) to (1, *wanted).

    Raises:
        GraphMismatch: another graph; the text has both shapes.
    """
    look(file)
    graph = Graph(file, _adapter((3, side, side), wanted))
    given, made = graph.signature.inputs[0].name, graph.signature.outputs[0].name

    def run(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return graph.run({given: picture})[made]

    return run


def _adapter(given: tuple[int, ...], wanted: tuple[int, ...]) -> Adapt:
    def adapt(inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Signature | str:
        pictures = [Tensor(tensor.name, (1, *given)) for tensor in inputs if _fits(tensor, given)]
        results = [Tensor(tensor.name, (1, *wanted)) for tensor in outputs if _fits(tensor, wanted)]
        if len(inputs) != 1 or not pictures or not results:
            shapes = [described(("N or 1", *shape), "float32") for shape in (given, wanted)]
            return f"one input {shapes[0]}, and an output {shapes[1]}"
        return Signature((pictures[0],), (results[0],))

    return adapt


def _fits(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    """Whether it can have that shape, for one picture: axes that a graph leaves free can have any length."""
    return (
        tensor.dtype == "float32"
        and len(tensor.shape) == len(shape) + 1
        and all(isinstance(axis, str) or axis == wanted for axis, wanted in zip(tensor.shape, (1, *shape), strict=True))
    )
