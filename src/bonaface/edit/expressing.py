"""Expression layers and a refiner at work: the editors of this project's own networks, ready."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bonaface.core.errors import GraphMismatch, ImageError, InputError
from bonaface.core.images import MIN_SIDE, Image, Mask, check_image
from bonaface.edit.layer_graph import LayerFacts, layer_facts, layer_signature
from bonaface.graphs.guard import look
from bonaface.graphs.onnx import Graph, Signature
from bonaface.graphs.tensors import Tensor

SIDE = 256
"""Of the faces that these editors read, in pixels."""
REFINER_SIGNATURE = Signature((Tensor("image", ("N", 3, SIDE, SIDE)),), (Tensor("refined", ("N", 3, SIDE, SIDE)),))


class Expressing:
    """An expression layer, and a refiner behind it where there is one; see `Edit`. Threads may share it."""

    def __init__(self, name: str, layers: Mapping[str, Path], refiner: Path | None = None, threads: int = 2) -> None:
        """Open the graphs.

        Args:
            name: of the editor, for messages.
            layers: files of expression layers, by any name: each says what it makes.
            refiner: the graph of a refinement network of 256 px.
            threads: for one call.

        Raises:
            GraphMismatch: a file that is no expression layer, or is refused by the guard, or layers of another size.
        """
        self._name = name
        self.layers: dict[str, LayerFacts] = {}
        self._graphs: dict[str, Graph] = {}
        for file in layers.values():
            look(file)
            facts = layer_facts(file)
            if facts.side != SIDE:
                raise GraphMismatch(
                    f"{file} reads faces of {facts.side} px; {name} reads {SIDE}. Train it with --set side={SIDE}."
                )
            self.layers[facts.target] = facts
            self._graphs[facts.target] = Graph(file, layer_signature(facts.side), threads=threads)
        self._refiner = None if refiner is None else Graph(refiner, REFINER_SIGNATURE, threads=threads)

    def __call__(
        self, image: Image, target: str, rng: np.random.Generator | None = None, region: Mask | None = None
    ) -> Image:
        """See `Edit`; `rng` is left alone, and a region is not taken."""
        if region is not None:
            raise InputError(f"{self._name} was given a region, and takes none. Leave it out.")
        middle = self.intermediate(image, target)
        if self._refiner is None:
            return middle
        refined = self._refiner.run({"image": _tensor(middle)})["refined"]
        return np.asarray(np.clip(np.ascontiguousarray(refined[0].transpose(1, 2, 0)), 0, 1), np.float32)

    def intermediate(self, image: Image, target: str) -> Image:
        """What the expression layer alone makes of a face: S4's intermediate representation."""
        check_image(image, "The face to edit", MIN_SIDE)
        if image.shape[:2] != (SIDE, SIDE):
            height, width = image.shape[:2]
            raise ImageError(
                f"The face to edit is {width}x{height} pixels; {self._name} reads {SIDE}x{SIDE}, cut out as FFHQ's "
                "faces are. Give the whole photograph to `bonaface edit`, which does that."
            )
        if target not in self._graphs:
            raise InputError(
                f"{self._name} was asked for a face {target!r}, and makes {', '.join(self._graphs)}. Train a layer for "
                "it: bonaface train ridge --pairs A/ B/."
            )
        made = self._graphs[target].run({"image": _tensor(image)})["edited"]
        return np.ascontiguousarray(made[0].transpose(1, 2, 0))


def _tensor(image: Image) -> np.ndarray:
    """RGB HWC -> RGB (1, 3, S, S), both in [0, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])
