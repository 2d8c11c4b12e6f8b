"""Which expression a picture of a face shows, by a small network. It says nothing of what the person felt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image
from bonaface.graphs.bundled import EXPRESSION
from bonaface.measure.reading import CropReader, ExpressionErrors, steady

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
