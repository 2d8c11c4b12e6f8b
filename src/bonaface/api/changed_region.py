"""Where a real photograph of an expression differs from the one that is to be edited: S0's mask, on the photograph."""

from __future__ import annotations

from bonaface.api.faces import find_faces
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound, InputError
from bonaface.core.images import Mask, Picture
from bonaface.edit.mask import DifferenceMask, as_region
from bonaface.faces.align import invert, transform, warp_mask
from bonaface.faces.crops import FFHQ, cut, to_crop
from bonaface.faces.paste import outline, paste_weight
from bonaface.measure.movement import onto

SIDE = 256
"""Of the crops that are compared, in pixels: S0's."""


def changed_region(picture: Picture, real: PictureSource, within_face: bool = True) -> Mask:
    """Where the face of a photograph would have to change to show a real expression of the same person.

    Both faces are cut out at 256 px, the real one laid on the other by the bridge of the nose and the corners of the
    eyes, and compared by `edit.mask.DifferenceMask`.

    Args:
        picture: that is to be edited; its largest face counts.
        real: the same person with the expression; its largest face counts.
        within_face: leave out what differs outside of the face: hair and shoulders never stay quite still. S0 keeps it.

    Returns:
        (H, W) of the photograph, True where it changes.

    Raises:
        FaceNotFound: in one of them.
        InputError: nothing differs, or nearly everything.
    """
    other = open_picture(real, "real")
    here, there = _largest(picture, "the photograph"), _largest(other, "the real expression")
    matrix = to_crop(here.landmarks, SIDE, FFHQ)
    points = transform(here.landmarks, matrix)
    crops = [
        cut(each.image(), laid, SIDE) for each, laid in ((picture, matrix), (other, onto(there.landmarks, points)))
    ]
    inside = paste_weight("face", SIDE, outline(points)) >= 0.5 if within_face else None
    mask = as_region(DifferenceMask()(crops[0], crops[1], inside))
    height, width = picture.pixels.shape[:2]
    region = warp_mask(mask, invert(matrix), (height, width))
    if not region.any():
        raise InputError("Nothing of the photograph differs from the real expression. Give another photograph of it.")
    return region


def _largest(picture: Picture, what: str) -> Face:
    found = find_faces(picture, required=False)
    if not found:
        raise FaceNotFound(
            f"No face was found in {what} ({picture.name}). Give a mask with --region in place of --real."
        )
    return found[0]
