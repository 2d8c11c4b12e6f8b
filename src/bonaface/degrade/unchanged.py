"""The picture as it is: what a study of damages compares them with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.images import Image
from bonaface.degrade.base import Degraded, finished, require_image


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing is done."""

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(finished(require_image(image)))
