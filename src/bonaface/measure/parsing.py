"""How far the parts of a face lie where they are in the truth, by the face parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.images import Image
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import CELEBA_HQ, cut, to_crop
from bonaface.faces.parse import CLASSES, FEWEST_PIXELS, SIDE, Labels, Parser
from bonaface.graphs.bundled import PARSER
from bonaface.measure.record import Files, Measure, Values, face_of


def overlaps(found: Labels, reference: Labels, fewest: int = FEWEST_PIXELS) -> dict[str, float]:
    """Intersection over union of each class of the reference, by its name, in [0, 1].

    Args:
        found: (H, W).
        reference: (H, W).
        fewest: pixels in it; classes with fewer are left out.
    """
    out = {}
    for index, pixels in enumerate(np.bincount(reference.ravel(), minlength=len(CLASSES))):
        if pixels >= fewest:
            first, second = found == index, reference == index
            out[CLASSES[index]] = float(np.count_nonzero(first & second) / np.count_nonzero(first | second))
    return out


def _load(files: Files) -> Callable[..., Values]:
    parser = Parser(files)

    def parsing_iou(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
        """Mean over the truth's classes of intersection over union; and that of each class, by its name.

        Args:
            output: (H, W, 3), on the grid of `truth`.
            truth: the same shape.
            faces: with "truth", which places the crop in both.

        Raises:
            NotApplicable: no face was found in the truth.
        """
        matrix = to_crop(face_of(faces, "truth").landmarks, SIDE, CELEBA_HQ)
        mine, real = (parser.parse(cut(image, matrix, SIDE)) for image in (output, truth))
        parts = overlaps(mine, real)
        return {"": float(np.mean(list(parts.values()))), **parts}

    return parsing_iou


PARSING_IOU = Measure(
    id="parsing-iou",
    version=1,
    needs=("output", "truth", "faces"),
    faces=("truth",),
    unit="share",
    better="higher",
    bounds=(0.0, 1.0),
    convention="bonaface-parser on both, brought into CelebA-HQ's framing at 256 px by the truth's landmarks; mean of "
    "the IoU over the classes, background included, with 64 pixels or more in the truth (NOT S2's parser)",
    source=Source("Zhang et al. 2021 (Pro-UIGAN), V.B", "arXiv:2108.00602"),
    load=_load,
    weights=(PARSER, *CARDS),
)
