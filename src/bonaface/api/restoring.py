"""`restore`: a picture enlarged or repaired by one restorer; `restore_faces`: the faces of a whole photograph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.api.faces import search_faces
from bonaface.api.outcomes import check_knobs
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound, InputError
from bonaface.core.images import MIN_THUMBNAIL, Image, Mask, Picture, Points, Similarity
from bonaface.io.hints import read_landmarks, to_landmarks, to_mask
from bonaface.restore import RESTORERS

if TYPE_CHECKING:
    from bonaface.faces.search import Search
    from bonaface.restore import Restore, Restorer
    from bonaface.restore.landmarks import Moves

LandmarkSource = str | PathLike[str] | NDArray[Any]
"""A file of 68 landmarks, or (68, 2) x and y in pixels."""
THUMBNAIL, CROP = (16, 16), (128, 128)
"""Height and width of faces before and after, where a restorer has no sizes of its own."""
ALIGNED = ", or, if the picture is an aligned crop of one face, say so (--aligned)"
OCCLUSION = ("occlusion", "where the face is covered")


def restore(
    picture: PictureSource,
    restorer: str,
    size: tuple[int, int] | None = None,
    *,
    occlusion: PictureSource | None = None,
    landmarks: LandmarkSource | None = None,
    edit: Moves | None = None,
    reduce: bool = False,
    seed: int = 0,
    knobs: Mapping[str, Any] | None = None,
) -> Image:
    """Restore a picture that is what the restorer reads: of any size to enlarge it, an aligned face for a network.

    Args:
        picture: a path or an array of pixels.
        restorer: an id of `bonaface.restore.RESTORERS`.
        size: height and width of the result, for restorers that deliver any; None: the one that the card names.
        occlusion: a mask of the size of the result, 255 or True where the face is covered.
        landmarks: 68 landmarks in pixels of the result: where the features shall be, in place of the estimated ones.
        edit: groups of landmarks to move ("mouth", "nose", "eyes"), each by pixels to the right and down.
        reduce: bring a larger aligned face to the size that the network reads, by area averaging.
        seed: of restorers that are random.
        knobs: of the restorer, by name.

    Returns:
        (H, W, 3) in [0, 1].

    Raises:
        UnknownName: no such restorer.
        PictureError: a file that cannot be used.
        ImageError: a picture of another size than the restorer reads.
        InputError: an argument that the restorer does not take.
        WeightsMissing: the restorer's weights are not here.
    """
    card = RESTORERS[restorer]
    given = open_picture(picture, "picture", MIN_THUMBNAIL)
    _check(card, occlusion is not None, landmarks is not None, edit, reduce)
    hints = _hints(card, size, occlusion, landmarks)
    return _run(_ready(card, size, reduce, knobs or {}), given.image(), *hints, edit, seed)


@dataclass(frozen=True, slots=True)
class RestoredFace:
    """One face of a photograph, restored.

    Attributes:
        image: the result, an aligned crop.
        thumbnail: what the restorer was given: the crop, with black where it is covered, reduced.
        face: where the face is on the photograph.
        to_crop: (2, 3), from pixels of the photograph to pixels of the result.
    """

    image: Image
    thumbnail: Image
    face: Face
    to_crop: Similarity


def restore_faces(
    picture: PictureSource,
    restorer: str,
    *,
    face: int | None = None,
    box: tuple[float, float, float, float] | None = None,
    landmarks: LandmarkSource | None = None,
    occlusion: PictureSource | None = None,
    edit: Moves | None = None,
    seed: int = 0,
    knobs: Mapping[str, Any] | None = None,
) -> list[RestoredFace]:
    """Find the faces of a photograph, align each as FFHQ does, reduce it to what the restorer reads, and restore it.

    The crop is the one that the restorer was trained on; for interpolations, that of CelebA's faces.

    Args:
        picture: a path or an array of pixels.
        restorer: an id of `bonaface.restore.RESTORERS`.
        face: which one, 1 is the largest; None: all of them.
        box: x0, y0, x1, y1 in pixels of the photograph: where the one face is, for faces that no detector finds.
        landmarks: 68 landmarks in pixels of the photograph: they align the face, and guide a restorer that takes any.
        occlusion: a mask of the photograph's size, 255 or True where faces are covered.
        edit: as for `restore`.
        seed: as for `restore`.
        knobs: as for `restore`.

    Returns:
        The faces, largest first.

    Raises:
        FaceNotFound: no face was found, and none was given.
        InputError: a mask of another size; a box or landmarks outside the photograph; else as `restore`.
    """
    return restore_found(
        picture,
        restorer,
        face=face,
        box=box,
        landmarks=landmarks,
        occlusion=occlusion,
        edit=edit,
        seed=seed,
        knobs=knobs,
    )[0]


def restore_found(
    picture: PictureSource,
    restorer: str,
    *,
    face: int | None = None,
    box: tuple[float, float, float, float] | None = None,
    landmarks: LandmarkSource | None = None,
    occlusion: PictureSource | None = None,
    edit: Moves | None = None,
    seed: int = 0,
    knobs: Mapping[str, Any] | None = None,
) -> tuple[list[RestoredFace], Search]:
    """As `restore_faces`, and what was looked for."""
    card = RESTORERS[restorer]
    given = open_picture(picture, "picture")
    _check(card, occlusion is not None, False, edit, False)
    points = None if landmarks is None else to_points(landmarks)
    photo = given.image()
    size = (photo.shape[0], photo.shape[1])
    covered = None if occlusion is None else given_mask(occlusion, size, "photograph", *OCCLUSION)
    search = located(given, face, box, points)
    faces = picked(search.faces, face, given.name)
    ready = _ready(card, card.output_size or CROP, False, knobs or {})
    guided = points is not None and "landmarks" in card.takes
    return [_restored(card, ready, photo, found, covered, guided, edit, seed) for found in faces], search


def _restored(
    card: Restorer,
    ready: Restore,
    photo: Image,
    face: Face,
    covered: Mask | None,
    guided: bool,
    edit: Moves | None,
    seed: int,
) -> RestoredFace:
    import cv2

    from bonaface.faces.align import transform, warp_mask
    from bonaface.faces.crops import CELEBA, cut, to_crop

    size, small = card.output_size or CROP, card.input_size or THUMBNAIL
    matrix = to_crop(face.landmarks, size[0], card.crop or CELEBA)
    crop = cut(photo, matrix, size[0])
    occlusion = None if covered is None else warp_mask(covered, matrix, size)
    if occlusion is not None:
        crop = np.where(occlusion[..., None], np.float32(0), crop)
    thumbnail = np.asarray(cv2.resize(crop, small[::-1], interpolation=cv2.INTER_AREA), np.float32)
    points = transform(face.landmarks, matrix) if guided else None
    made = _run(ready, thumbnail, occlusion, points, edit, seed)
    return RestoredFace(made, thumbnail, face, matrix)


def located(
    picture: Picture,
    number: int | None,
    box: tuple[float, float, float, float] | None,
    points: Points | None,
    otherwise: str = ALIGNED,
) -> Search:
    """The one face that a person points at, or all that are found, largest first; `number` is only checked.

    Args:
        picture: as read.
        number: of the face that was asked for.
        box: where the one face is.
        points: its landmarks.
        otherwise: what else can be done where no face is found, for the message.

    Raises:
        FaceNotFound: there is none.
        InputError: a box or landmarks that mean nothing, or several of these were given.
    """
    from bonaface.faces.search import Search

    height, width = picture.pixels.shape[:2]
    if box is not None and points is not None:
        raise InputError("Both a box and landmarks were given; the landmarks say where the face is. Leave the box out.")
    if (box is not None or points is not None) and number is not None:
        raise InputError("A face was both pointed at and numbered. Give a number, or a box or landmarks.")
    if points is not None:
        box = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    if box is not None:
        if not (box[0] + 8 <= box[2] and box[1] + 8 <= box[3]):
            raise InputError(f"The box {_listed(box)} is no face; expected x0,y0,x1,y1 with 8 px or more a side.")
        if min(box[2], width) - max(box[0], 0) < 8 or min(box[3], height) - max(box[1], 0) < 8:
            raise InputError(f"The box {_listed(box)} lies outside {picture.name}, which is {width}x{height} pixels.")
    if points is not None and box is not None:
        return Search([Face(box=box, landmarks=points, detector="given")])
    if box is not None:
        from bonaface.core.images import to_bytes

        return Search([wiring.locator().landmarks(to_bytes(picture.image()), box)])
    found = search_faces(picture)
    if not found.faces:
        raise FaceNotFound(
            f"No face was found in {picture.name} ({width}x{height}), by either detector; those of less than "
            f"{found.smallest:.0f} px were not looked for. Say where it is (--box or --landmarks){otherwise}."
        )
    return found


def not_looked_for(search: Search) -> tuple[str, ...]:
    """That a search left faces out, as a note; nothing where it did not."""
    if not search.bounded:
        return ()
    return (
        f"faces of less than {search.smallest:.0f} px, from the brows to the chin, were not looked for, as that takes "
        "long: cut out the part of the photograph that holds them, and give that",
    )


def picked(faces: list[Face], number: int | None, name: str) -> list[Face]:
    """The face of that number, counted from 1, or all of them; `name` of the picture is for the message."""
    if number is None:
        return faces
    if not 1 <= number <= len(faces):
        raise InputError(f"Face {number} was asked for, but {len(faces)} found in {name}. Count from 1, the largest.")
    return [faces[number - 1]]


def _ready(card: Restorer, size: tuple[int, int] | None, reduce: bool, knobs: Mapping[str, Any]) -> Restore:
    """The restorer, opened once for a process."""
    check_knobs(card, knobs)
    if card.output_size is not None and size not in (None, card.output_size):
        raise InputError(
            f"{card.id} delivers {card.output_size[1]}x{card.output_size[0]}; {size} was asked for. Leave the size "
            "out, and enlarge the result by an interpolation."
        )
    if card.output_size is None:
        if "size" in knobs:
            raise InputError(f"{card.id} was told a size by a knob as well. Leave the knob out, and pass the size.")
        if size is None:
            raise InputError(f"{card.id} delivers any size, and none was given. Pass size=(height, width).")
        return wiring.restorer(card.id, size=(int(size[0]), int(size[1])), **knobs)
    return wiring.restorer(card.id, **{**knobs, **({"reduce": True} if reduce else {})})


def _check(card: Restorer, occlusion: bool, landmarks: bool, edit: Moves | None, reduce: bool) -> None:
    """Refuse what the restorer cannot be told: nothing is left out silently."""
    for name, there in (("occlusion", occlusion), ("landmarks", landmarks or bool(edit))):
        if there and name not in card.takes:
            able = ", ".join(other.id for other in RESTORERS if name in other.takes)
            raise InputError(f"{card.id} takes no {name}. Leave it out, or choose a restorer that does: {able}.")
    if reduce and "reduce" not in {knob.name for knob in card.knobs}:
        raise InputError(f"{card.id} reads pictures of any size: there is nothing to reduce. Leave it out.")
    if edit:
        from bonaface.restore.landmarks import check_moves

        check_moves(edit)


def _run(
    ready: Restore, image: Image, occlusion: Mask | None, points: Points | None, edit: Moves | None, seed: int
) -> Image:
    if edit:
        from bonaface.restore.pro_uigan import ProUigan

        if not isinstance(ready, ProUigan):
            raise InputError("This restorer has no landmarks of its own to edit. Choose pro-uigan-compact.")
        return ready.edited(image, edit, occlusion, points)
    return ready(image, np.random.default_rng(seed), occlusion, points)


def _hints(
    card: Restorer, size: tuple[int, int] | None, occlusion: PictureSource | None, landmarks: LandmarkSource | None
) -> tuple[Mask | None, Points | None]:
    target = card.output_size or size or CROP
    return (
        None if occlusion is None else given_mask(occlusion, target, "result", *OCCLUSION),
        None if landmarks is None else to_points(landmarks),
    )


def given_mask(source: PictureSource, size: tuple[int, int], grid: str, what: str, white: str) -> Mask:
    """A mask that a person gives, checked.

    Args:
        source: a path, an array of bool, or a black-and-white picture.
        size: height and width that it must have.
        grid: what has that size ("photograph"), for messages, like the next ones.
        what: the mask is ("occlusion").
        white: what 255 stands for ("where the face is covered").

    Raises:
        InputError: another size.
        PictureError: no mask.
    """
    if isinstance(source, np.ndarray) and source.dtype == np.bool_:
        mask, name = source, f"The {what}"
    else:
        opened = open_picture(source, what, MIN_THUMBNAIL)
        mask, name = to_mask(opened, opened.name, white), opened.name
    if mask.shape != tuple(size):
        found = "x".join(map(str, mask.shape[::-1]))
        raise InputError(
            f"{name} is {found} pixels; expected {size[1]}x{size[0]}, the size of the {grid}, 255 {white}. "
            "Make it of that size."
        )
    return mask


def to_points(source: LandmarkSource) -> Points:
    """(68, 2), read or checked."""
    return read_landmarks(Path(source)) if isinstance(source, (str, PathLike)) else to_landmarks(source)


def _listed(box: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in box)
