"""From a face to what a restorer reads, and from what it delivers to the pixels that are compared.

A study works on stored pictures: truth and damaged picture are rounded to 8 bits before anybody reads them, so that
whoever has the store can do any step again. Faces are aligned by the truth's landmarks, never by those of the damaged
picture: what a restorer paints is studied, not how well a detector copes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bonaface.api import wiring
from bonaface.api.cutting import unusable
from bonaface.api.faces import find_faces
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound, ImageError, InputError
from bonaface.core.images import Image, Mask, Picture, Similarity, check_image, to_bytes
from bonaface.degrade import Degraded
from bonaface.faces.align import compose, invert, rescaling, scale_of, transform, warp, warp_mask
from bonaface.faces.crops import FFHQ, Crop, cut, is_crop, to_crop
from bonaface.restore import Restorer
from bonaface.study.plan.cells import seed_of
from bonaface.study.plan.plans import AS_GIVEN, CROPS, Contender, Damage, Grid

SLACK = 0.02
"""Share of the side that a grid may reach beyond what a restorer delivers."""
ENLARGED = 1.1
"""How much a grid may enlarge the truth at most: a coarser truth is none for that grid."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One face as it is studied.

    Attributes:
        image: (H, W, 3), levels of 8 bits.
        face: the largest one in it; None: none was found.
        found: how many were.
        aligned: it is cut out as FFHQ's faces are, or nearly.
    """

    image: Image
    face: Face | None
    found: int
    aligned: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[0], self.image.shape[1]

    def require_face(self) -> Face:
        """The face.

        Raises:
            FaceNotFound: there is none.
        """
        if self.face is None:
            raise FaceNotFound("no face was found in the truth, by either detector, and it is needed to place things")
        return self.face


def framed(picture: Picture, framing: str, side: int | None) -> Truth:
    """A picture as a plan wants its faces.

    Raises:
        FaceNotFound: a crop is asked for, and there is no face.
        InputError: the crop would be enlarged.
    """
    image = picture.image()
    if framing == AS_GIVEN:
        whole = eight_bit(_fitted(image, side) if side else image)
        faces = find_faces(_as_picture(whole), required=False)
        face = faces[0] if faces else None
        return Truth(whole, face, len(faces), face is not None and is_crop(face.landmarks, whole.shape[:2], FFHQ))
    faces = find_faces(picture, required=False)
    if not faces or side is None:
        raise FaceNotFound(f"no face was found in {picture.name}, by either detector, so that none could be cut out")
    crop, landmarks = CROPS[framing], faces[0].landmarks
    size = (image.shape[0], image.shape[1])
    if is_crop(landmarks, size, crop) and size[0] == size[1]:
        matrix = rescaling(size, (side, side))
    else:
        matrix = to_crop(landmarks, side, crop)
    if scale_of(matrix) > ENLARGED:
        raise InputError(
            f"the face has {side / scale_of(matrix):.0f} px where {side} are asked for; a truth is never enlarged"
        )
    made = eight_bit(cut(image, matrix, side))
    there = find_faces(_as_picture(made), aligned=True)
    return Truth(made, there[0], len(faces), True)


def damaged(truth: Truth, damage: Damage, face_id: str, seed: int) -> Degraded:
    """The damaged picture, in levels of 8 bits, and where it is covered.

    Raises:
        InputError: the damage does not fit the picture, or needs a face that was not found.
    """
    rng = np.random.default_rng(seed_of("damage", face_id, damage.draws or damage.id, seed))
    done = damage.degradation(truth.image, rng, truth.face)
    return Degraded(eight_bit(done.image), done.occlusion)


@dataclass(frozen=True, slots=True)
class Fed:
    """What a restorer or an editor is given.

    Attributes:
        image: in the size that it reads.
        occlusion: of a restorer, on the grid of its result; None: it takes none, or nothing is covered.
        to_output: (2, 3), from pixels of the truth to pixels of its result; None: the result shows the whole truth.
        size: height and width of the result.
        region: of an editor, where it may change the picture; None: it is not told.
    """

    image: Image
    occlusion: Mask | None
    to_output: Similarity | None
    size: tuple[int, int]
    region: Mask | None = None


def fed(card: Restorer, seen: Degraded, truth: Truth) -> Fed:
    """The damaged picture as a restorer reads it.

    Raises:
        FaceNotFound: it reads a crop, and there is no face to cut out.
    """
    size = card.output_size or truth.size
    if card.input_size is None:
        return Fed(seen.image, _covered(card, seen, None, size), None, size)
    image, matrix = as_read(seen.image, truth, card.crop, card.input_size, size)
    return Fed(image, _covered(card, seen, matrix, size, truth), matrix, size)


def as_read(
    seen: Image, truth: Truth, crop: Crop | None, reads: tuple[int, int], delivers: tuple[int, int]
) -> tuple[Image, Similarity | None]:
    """A picture as a network reads it, and from pixels of the truth to those of its result (None: it shows all of it).

    Args:
        seen: the damaged picture.
        truth: its truth, by whose landmarks it is cut out.
        crop: that the network reads; None: any picture.
        reads: height and width.
        delivers: of its result.

    Raises:
        FaceNotFound: a crop has to be cut out, and there is no face.
    """
    if _whole(crop, truth):
        return resized(seen, reads), None
    matrix = to_crop(truth.require_face().landmarks, delivers[0], crop or FFHQ)
    from_seen = compose(matrix, rescaling((seen.shape[0], seen.shape[1]), truth.size))
    return resized(cut(seen, from_seen, delivers[0]), reads), matrix


def _whole(crop: Crop | None, truth: Truth) -> bool:
    """Whether the truth, as it is, is what a restorer's faces are cut out as."""
    if crop is None:
        return True
    if truth.size[0] != truth.size[1]:
        return False
    framing = FFHQ if crop.by_template else crop
    return is_crop(truth.require_face().landmarks, truth.size, framing)


def _covered(
    card: Restorer, seen: Degraded, matrix: Similarity | None, size: tuple[int, int], truth: Truth | None = None
) -> Mask | None:
    mask = seen.occlusion
    if mask is None or "occlusion" not in card.takes:
        return None
    if matrix is None or truth is None:
        return mask if mask.shape == size else warp_mask(mask, rescaling((mask.shape[0], mask.shape[1]), size), size)
    return warp_mask(mask, compose(matrix, rescaling((mask.shape[0], mask.shape[1]), truth.size)), size)


def restored(contender: Contender, given: Fed, face_id: str, damage: Damage, seed: int) -> Image:
    """What the restorer delivers, in levels of 8 bits.

    Raises:
        BonafaceError: it cannot be opened, or refuses what it is given.
        ImageError: what it delivered is no restoration.
    """
    card = contender.card
    own: dict[str, Any] = {} if card.output_size else {"size": given.size}
    if "threads" in {knob.name for knob in card.knobs}:
        own["threads"] = 1
    ready = wiring.restorer(card.id, **own, **contender.knobs)
    rng = np.random.default_rng(seed_of("restorer", face_id, damage.id, contender.label, seed))
    made = check_image(
        np.asarray(ready(given.image, rng, given.occlusion), np.float32), "what the restorer delivered", 1
    )
    if made.shape[:2] != given.size:
        raise ImageError(f"the restorer delivered {made.shape[1]}x{made.shape[0]} pixels; expected {given.size[::-1]}")
    if card.generative and (why := unusable(made, given.image, given.size, "the restorer")):
        raise ImageError(why)
    return eight_bit(made)


@dataclass(frozen=True, slots=True)
class Placed:
    """An output on a grid, or why it is not there."""

    output: Image | None
    why: str = ""


def truth_on(grid: Grid, truth: Truth) -> tuple[Image | None, Similarity | None, str]:
    """The truth on a grid, the way there (None: the whole picture, resized), and why there is none."""
    if grid.crop is None:
        if grid.side is None or grid.side == max(truth.size):
            return truth.image, None, ""
        if grid.side > max(truth.size):
            return None, None, f"the truth has {max(truth.size)} px, fewer than the grid {grid.id}"
        return eight_bit(_fitted(truth.image, grid.side)), None, ""
    if truth.face is None:
        return None, None, f"no face was found in the truth, so that {grid.id} cannot be cut out"
    side = grid.side or max(truth.size)
    crop = CROPS[grid.crop]
    if truth.size[0] == truth.size[1] and is_crop(truth.face.landmarks, truth.size, crop):
        matrix = rescaling(truth.size, (side, side))
    else:
        matrix = to_crop(truth.face.landmarks, side, crop)
    if scale_of(matrix) > ENLARGED:
        return None, None, f"the truth has too few pixels for the grid {grid.id}: it would be enlarged"
    return eight_bit(cut(truth.image, matrix, side)), matrix, ""


def output_on(
    grid: Grid,
    output: Image,
    to_output: Similarity | None,
    truth: Truth,
    to_grid: Similarity | None,
    size: tuple[int, int],
) -> Placed:
    """An output on a grid.

    Args:
        grid: which.
        output: as it was delivered.
        to_output: as in `Fed`.
        truth: the face.
        to_grid: as from `truth_on`.
        size: height and width of the grid.

    Returns:
        Without an output where it does not show all of the grid.
    """
    if to_output is None and to_grid is None:
        return Placed(resized(output, size))
    whole = rescaling(truth.size, (output.shape[0], output.shape[1]))
    there = rescaling(truth.size, size) if to_grid is None else to_grid
    matrix = compose(there, invert(whole if to_output is None else to_output))
    height, width = size
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float64) - 0.5
    reached = transform(corners, invert(matrix))
    slack = SLACK * max(output.shape[:2])
    last = np.array([output.shape[1], output.shape[0]]) - 0.5
    if (reached < -0.5 - slack).any() or (reached > last + slack).any():
        return Placed(None, f"the output shows a part of the face that does not cover the grid {grid.id}")
    if output.shape[:2] == size and np.allclose(matrix, np.eye(2, 3), atol=1e-6):
        return Placed(output)
    return Placed(warp(output, matrix, size))


def eight_bit(image: Image) -> Image:
    """Rounded to the levels of 8 bits: what a file of it holds."""
    return to_bytes(image).astype(np.float32) / np.float32(255)


def resized(image: Image, size: tuple[int, int]) -> Image:
    """(h, w, 3) -> (H, W, 3): by area averaging where it becomes smaller, else by Lanczos."""
    import cv2

    if image.shape[:2] == size:
        return image
    smaller = size[0] <= image.shape[0] and size[1] <= image.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.clip(np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=how), np.float32), 0, 1)


def _fitted(image: Image, side: int) -> Image:
    """Reduced so that the longer side has `side` pixels; smaller pictures stay as they are."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return image if scale >= 1 else resized(image, (max(1, round(height * scale)), max(1, round(width * scale))))


def _as_picture(image: Image) -> Picture:
    return Picture(to_bytes(image), "", "the truth")
