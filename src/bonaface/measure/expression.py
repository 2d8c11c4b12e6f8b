"""Which expression a picture of a face shows, by a small network. It says nothing of what the person felt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.expressions import expression_named
from bonaface.core.images import Image
from bonaface.core.results import Score
from bonaface.faces.cards import CARDS
from bonaface.graphs.bundled import EXPRESSION
from bonaface.measure.reading import CropReader, ExpressionErrors, crop_of, steady
from bonaface.measure.record import Files, Measure, Values, face_of

NAMES = ("anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
"""The expressions, in the order of the probabilities."""


class ExpressionReader:
    """Reads one of eight expressions. One instance serves a process, any number of threads.

    Source:
        Trained in the project (docs/models).
    """

    def __init__(self, files: Mapping[str, Path], errors: ExpressionErrors | None = None) -> None:
        """`files` are verified local paths by the names on the cards of `graphs.bundled`; `errors` its own."""
        self._reader = CropReader(files[EXPRESSION.name], len(NAMES))
        self.errors = errors or ExpressionErrors()

    def __call__(self, crops: Sequence[Image]) -> NDArray[np.float64]:
        """What is seen in crops of faces.

        Args:
            crops: (H, W, 3) each, at least 32 px a side.

        Returns:
            (N, 8): probabilities in the order of `NAMES`, as if all were equally frequent; they sum to 1. Rounded to
            four places.
        """
        logits = self._reader.logits(crops)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return steady(powers / powers.sum(axis=1, keepdims=True))


def label(probabilities: NDArray[np.float64]) -> str:
    """(8,) -> the most probable expression; the first in the alphabet of equal ones."""
    return NAMES[int(np.argmax(probabilities))]


def _load(files: Files) -> Callable[..., Values]:
    reader = ExpressionReader(files)

    def agreement(output: Image, target: str, faces: Mapping[str, Face]) -> Values:
        """1 where the most probable expression of the output is the one asked for, else 0; "probability" of that one.

        Args:
            output: (H, W, 3).
            target: one of `NAMES`, or another word for it ("happy"; see `core.expressions`).
            faces: with "output".

        Raises:
            NotApplicable: no face was found.
            UnknownName: no such expression.
        """
        name = expression_named(target).label
        found = reader([crop_of(output, face_of(faces, "output").landmarks)])[0]
        asked = Score(float(found[NAMES.index(name)]), "probability")
        return {"": float(label(found) == name), "probability": asked}

    return agreement


ECS = Measure(
    id="ecs",
    version=1,
    needs=("output", "target", "faces"),
    faces=("output",),
    unit="share",
    better="higher",
    bounds=(0.0, 1.0),
    convention="1 where Bonaface's expression reader (NOT S4's ResNet-18) finds the target the most probable of eight, "
    "else 0; mean over pictures; crop of CelebA's framing by the output's own landmarks, and its mirror image",
    source=Source("RegGAN (S4): expression classification score, by the project's own reader"),
    load=_load,
    weights=(EXPRESSION, *CARDS),
)
