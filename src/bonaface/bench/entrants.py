"""The restorers that are measured: anything that turns a thumbnail of 16 px and a mask into a face of 128 px."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bonaface.api import wiring
from bonaface.bench.subjects import SIDE
from bonaface.bench.thumbnails import SMALL
from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask, Plane, to_bytes
from bonaface.graphs.bundled import LANDMARKS_16, PRO_UIGAN_COMPACT
from bonaface.graphs.guard import look
from bonaface.io.provenance import sha256_bytes
from bonaface.io.weights import find_weights
from bonaface.restore import RESTORERS
from bonaface.restore.interpolate import resize
from bonaface.restore.pro_uigan import load

Many = Callable[[Sequence[Image], Sequence[Mask | None]], list[Image]]
"""(16, 16, 3) each and (128, 128) masks, or None -> (128, 128, 3) each."""

BUNDLED = "pro-uigan-compact"
INPAINTED = "bicubic-inpainted"
KNOWN = 0.25
"""The least share of a thumbnail's pixel that was not covered, for its colour to be worked out."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A restorer that is ready.

    Attributes:
        name: for tables.
        restore_many: see `Many`.
        takes_mask: it can be told what was covered.
        told: it is told.
        note: what it is.
        sha256: of its graph; empty: it has none.
    """

    name: str
    restore_many: Many
    takes_mask: bool
    told: bool
    note: str
    sha256: str = ""

    def untold(self) -> Entrant:
        """The same, not told what was covered."""
        return replace(self, told=False)

    def __call__(self, images: Sequence[Image], occlusions: Sequence[Mask | None]) -> list[Image]:
        """Restore; the masks are passed on only where it is told."""
        return self.restore_many(images, occlusions if self.told else [None] * len(images))


def one_by_one(name: str, restore: Callable[[Image, Mask | None], Image], note: str = "") -> Entrant:
    """Any function `restore(image16, occlusion) -> image128` as an entrant.

    Args:
        name: for tables.
        restore: (16, 16, 3) and (128, 128) or None -> (128, 128, 3).
        note: what it is.
    """

    def many(images: Sequence[Image], occlusions: Sequence[Mask | None]) -> list[Image]:
        return [restore(image, mask) for image, mask in zip(images, occlusions, strict=True)]

    return Entrant(name, many, True, True, note)


def entrant(name: str) -> Entrant:
    """A restorer of the catalog, or `bicubic-inpainted`.

    Raises:
        UnknownName: there is none of that name.
        WeightsError: its weights are not there, or are others than its card names.
    """
    if name == INPAINTED:
        return one_by_one(name, inpainted, "bicubic, after Telea's inpainting of the covered pixels at 16 px")
    card = RESTORERS[name]
    ready = wiring.restorer(name, **({} if card.output_size else {"size": (SIDE, SIDE)}))
    if (card.input_size or (SMALL, SMALL)) != (SMALL, SMALL) or (card.output_size or (SIDE, SIDE)) != (SIDE, SIDE):
        raise InputError(f"{name} does not restore 16 px to 128 px, and is not measured here. Choose another.")
    takes = "occlusion" in card.takes

    def many(images: Sequence[Image], occlusions: Sequence[Mask | None]) -> list[Image]:
        return ready.restore_many(images, None, occlusions)

    graph = card.weights[0].sha256 if card.weights else ""
    return Entrant(name, many, takes, takes, card.source.text, graph)


def from_graph(name: str, file: Path) -> Entrant:
    """Another generator with the inputs and outputs of `pro-uigan-compact.onnx`, with the bundled landmark estimator.

    Raises:
        InputError: there is no such file.
        GraphMismatch: it is another kind of graph.
    """
    if not file.is_file():
        raise InputError(f"There is no file {file}; expected an ONNX graph for {name}. Check --graph NAME=FILE.onnx.")
    look(file)
    ready = load({PRO_UIGAN_COMPACT.name: file, LANDMARKS_16.name: find_weights(LANDMARKS_16)})

    def many(images: Sequence[Image], occlusions: Sequence[Mask | None]) -> list[Image]:
        return ready.restore_many(images, None, occlusions)

    return Entrant(name, many, True, True, f"graph {file.name}", sha256_bytes(file.read_bytes()))


def chosen(restorers: Iterable[str], graphs: Mapping[str, Path]) -> list[Entrant]:
    """All of them ready, in this order: restorers by name, then graphs, then the bundled one where it is missing.

    Raises:
        InputError: two have one name.
    """
    names = list(dict.fromkeys(restorers))
    if twice := set(names) & set(graphs) | {BUNDLED, INPAINTED, *RESTORERS.ids} & set(graphs):
        raise InputError(f"--graph gives {', '.join(sorted(twice))} a file, which is the name of another. Rename it.")
    out = [entrant(name) for name in names] + [from_graph(name, file) for name, file in graphs.items()]
    return out if BUNDLED in names else [*out, entrant(BUNDLED)]


def inpainted(image: Image, occlusion: Mask | None) -> Image:
    """The baseline that knows the mask: what was covered is filled at 16 px, then everything is enlarged by bicubic.

    A pixel of the thumbnail that was covered in part is black in that part: where a quarter or more of it was visible,
    its colour is that quarter's. The others are inpainted from those around them within 3 px; where nothing was
    visible anywhere, all stays black.

    Args:
        image: (16, 16, 3).
        occlusion: (128, 128); None: nothing is covered.

    Source:
        Telea 2004, doi:10.1080/10867651.2004.10487596.
    """
    import cv2

    if occlusion is None or not occlusion.any():
        return resize(image, (SIDE, SIDE), "bicubic")
    visible = 1 - reduced(occlusion)[..., None]
    known = visible[..., 0] >= KNOWN
    colours = np.where(known[..., None], np.clip(image / np.maximum(visible, KNOWN), 0, 1), np.float32(0))
    holes = np.asarray(~known, np.uint8)
    if holes.any() and known.any():
        filled = cv2.inpaint(to_bytes(colours), holes, 3, cv2.INPAINT_TELEA).astype(np.float32) / 255
        colours = np.where(known[..., None], colours, filled)
    return resize(np.asarray(colours, np.float32), (SIDE, SIDE), "bicubic")


def reduced(mask: Mask) -> Plane:
    """(128, 128) -> (16, 16): how much of each pixel was covered, by the filter that made the thumbnail."""
    from bonaface.degrade.resize import resize as resample

    plane = np.repeat(mask.astype(np.float32)[..., None], 3, axis=2)
    return resample(plane, SMALL, SMALL, "bilinear")[..., 0]
