"""The faces of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonaface.api import wiring
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound
from bonaface.core.images import Picture, to_bytes

if TYPE_CHECKING:
    from bonaface.faces.search import Search


def find_faces(
    picture: Picture, *, aligned: bool = False, all_faces: bool = False, required: bool = True
) -> list[Face]:
    """Faces of `picture`, largest first.

    Args:
        picture: as read.
        aligned: it is an FFHQ-aligned crop: where no face is detected, the place of the template is taken.
        all_faces: look for small and tilted ones beside large ones, as `search_faces` does.
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
    found = search_faces(picture).faces if all_faces else locator.faces(pixels)
    if not found and required:
        raise _none(picture)
    return found


def search_faces(picture: Picture, *, required: bool = False) -> Search:
    """All faces of `picture`, largest first, and which ones were not looked for.

    Args:
        picture: as read.
        required: raise where there is none.

    Raises:
        FaceNotFound: no face, and one is required.
    """
    from bonaface.faces.search import every_face

    found = every_face(wiring.locator(), to_bytes(picture.image()))
    if not found.faces and required:
        raise _none(picture)
    return found


def _none(picture: Picture) -> FaceNotFound:
    height, width = picture.pixels.shape[:2]
    return FaceNotFound(
        f"No face was found in {picture.name} ({width}x{height}), by either detector. Give the photograph in its "
        "original size and upright, or, to audit an aligned crop of one face, say so (--aligned)."
    )
