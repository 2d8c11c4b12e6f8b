"""`restore`: a picture enlarged or repaired by one restorer."""

from __future__ import annotations

from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.images import Image
from bonaface.restore import RESTORERS


def restore(picture: PictureSource, restorer: str, size: tuple[int, int]) -> Image:
    """Bring a picture to height and width `size` by a restorer of the catalog.

    Args:
        picture: a path or an array of pixels.
        restorer: an id of `bonaface.restore.RESTORERS`.
        size: height and width of the result.

    Raises:
        UnknownName: no such restorer.
    """
    return RESTORERS[restorer](open_picture(picture, "picture").image(), size)
