"""`degrade`: a picture damaged in a known way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonaface.api.faces import find_faces
from bonaface.api.sources import PictureSource, open_picture

if TYPE_CHECKING:
    from bonaface.degrade import Degraded


def degrade(picture: PictureSource, recipe: str, seed: int = 0) -> Degraded:
    """Damage a picture by a named recipe.

    Args:
        picture: a path or an array of pixels.
        recipe: an id of `bonaface.degrade.RECIPES`.
        seed: of everything random in the recipe: the same seed gives the same result.

    Returns:
        The damaged image and, where the recipe covers something, the mask of what it covered.

    Raises:
        UnknownName: no such recipe.
        FaceNotFound: the recipe is placed by landmarks, and there is no face.
    """
    from bonaface.degrade import RECIPES

    chosen = RECIPES[recipe]
    given = open_picture(picture, "picture")
    face = find_faces(given)[0] if chosen.needs_face else None
    return chosen.degradation(given.image(), np.random.default_rng(seed), face)
