"""The faces of a picture."""

from __future__ import annotations

from bonaface.api import wiring
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound
from bonaface.core.images import Picture, to_bytes


def find_faces(
    picture: Picture, *, aligned: bool = False, all_faces: bool = False, required: bool = True
) -> list[Face]:
    """Faces of `picture`, largest first.

    Args:
        picture: as read.
        aligned: it is an FFHQ-aligned crop: where no face is detected, the place of the template is taken.
        all_faces: look for small ones beside large ones.
        required: raise where there is none.

    Raises:
        FaceNotFound: no face, and one is required.
    """
    from bonaface.faces.locate import template_box

    locator = wiring.locator()
    pixels = to_bytes(picture.image())
    if aligned:
        found = locator.faces(pixels, network=False)[:1]
        if found:
            return found
        box = template_box(pixels.shape[0], pixels.shape[1])
        return [locator.landmarks(pixels, box, detector="aligned")]
    found = locator.faces(pixels, all_faces=all_faces)
    if not found and required:
        raise FaceNotFound(
            f"No face was found in {picture.name} ({pixels.shape[1]}x{pixels.shape[0]}), by either detector. Give the "
            "photograph in its original size and upright, or, to audit an aligned crop of one face, say so (--aligned)."
        )
    return found
