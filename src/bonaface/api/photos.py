"""`restore_photo`: every face of a photograph restored and put back into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.api.cutting import cut_faces, overall, unsure_note
from bonaface.api.outcomes import PhotoFace, open_restorer, run_faces
from bonaface.api.restoring import LandmarkSource, located, not_looked_for, picked, to_points
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.errors import FaceNotFound, ImageError, InputError
from bonaface.core.images import MAX_PIXELS, Image, Picture, Plane, Similarity, check_image
from bonaface.faces.align import compose, rescaling
from bonaface.faces.crops import TEMPLATE
from bonaface.faces.paste import FEATHER, Piece, check_paste, paste, piece
from bonaface.restore import RESTORERS, Restore, Restorer

if TYPE_CHECKING:
    from bonaface.core.images import Points

Upscaler = Callable[[Image, float], Image]
"""From a picture and how many times larger it shall be, to (round(H * factor), round(W * factor), 3)."""
SCALES = (1.0, 8.0)
"""How many times larger a photograph can be made."""
FINER = 1.5
"""From how many times the width of the other on, a crop is said to hold more than the other."""
MOST_ADVISED = 4
"""The largest scale that a note speaks of: beyond, the rest of the photograph is very soft beside the faces."""


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """How the faces of a photograph are chosen and put back.

    Attributes:
        scale: how many times larger the result is, 1 to 8.
        shape: what is put back: "box", the whole crop, or "face", the hull of the landmarks with the forehead.
        feather: width of the soft edge, as a share of the crop's side.
        match_colour: bring each face to the tone that it had.
        face: which one, 1 is the largest; None: all of them.
        box: x0, y0, x1, y1 in pixels of the photograph: where the one face is, for faces that no detector finds.
        landmarks: 68 landmarks in pixels of the photograph: they align the one face.
        seed: of restorers that are random; each face starts from it.
    """

    scale: float = 1.0
    shape: str = "box"
    feather: float = FEATHER
    match_colour: bool = False
    face: int | None = None
    box: tuple[float, float, float, float] | None = None
    landmarks: Points | None = None
    seed: int = 0

    def check(self) -> None:
        """Refuse settings that mean nothing.

        Raises:
            InputError: a scale, shape or feather outside of what is possible.
        """
        check_paste(self.shape, self.feather)
        if not SCALES[0] <= self.scale <= SCALES[1]:
            raise InputError(f"The scale is {self.scale:g}; expected {SCALES[0]:g} to {SCALES[1]:g}.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photograph whose faces were found and cut out, before any was restored.

    Attributes:
        picture: as read.
        faces: to be restored.
        smallest: side in pixels of the smallest face that was looked for; 0: its place was given.
        doubts: what was not looked for, in plain language.
    """

    picture: Picture
    faces: tuple[PhotoFace, ...]
    smallest: float = 0.0
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestoredPhoto:
    """A photograph with its restored faces.

    Attributes:
        before: (H, W, 3), the whole photograph, enlarged if that was asked for.
        image: (H, W, 3), the same with its restored faces.
        restored: (H, W) in [0, 1], how much of each pixel a restorer made.
        faces: in their order, the failed ones among them.
        notes: what a person should know of it, in plain language.
        doubts: those of the notes that are about faces that are perhaps none, or were perhaps missed.
        smallest: side in pixels of the smallest face that was looked for; 0: its place was given.
    """

    before: Image
    image: Image
    restored: Plane
    faces: tuple[PhotoFace, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    smallest: float = 0.0

    @property
    def status(self) -> str:
        """Of "ok", "partly" (some faces failed) and "failed" (all of them did)."""
        return overall(self.faces)


def restore_photo(
    picture: PictureSource,
    restorer: str | Restorer,
    *,
    scale: float = 1.0,
    shape: str = "box",
    feather: float = FEATHER,
    match_colour: bool = False,
    face: int | None = None,
    box: tuple[float, float, float, float] | None = None,
    landmarks: LandmarkSource | None = None,
    seed: int = 0,
    knobs: Mapping[str, Any] | None = None,
    upscaler: Upscaler | None = None,
) -> RestoredPhoto:
    """Find all faces of a photograph, align and restore each, and put them back.

    A face that the restorer fails on, or hands back as it was, is listed as failed; the photograph keeps its own
    pixels there.

    Args:
        picture: a path or an array of pixels.
        restorer: an id of `bonaface.restore.RESTORERS`, or a record of one's own; its results must fit for pasting.
        scale: how many times larger the result is, 1 to 8.
        shape: as in `PhotoOptions`, like the next ones.
        feather: width of the soft edge, as a share of the crop's side.
        match_colour: bring each face to the tone that it had.
        face: which one; None: all of them.
        box: where the one face is.
        landmarks: of the one face.
        seed: of restorers that are random.
        knobs: of the restorer, by name.
        upscaler: what enlarges the rest of the photograph; None: Lanczos.

    Raises:
        FaceNotFound: no face was found, none was given, and the photograph is not to be enlarged.
        InputError: settings that mean nothing, or a restorer whose results cannot be put back.
        PictureError: a file that cannot be used.
        WeightsMissing: the restorer's weights are not here.
    """
    points = None if landmarks is None else to_points(landmarks)
    options = PhotoOptions(scale, shape, feather, match_colour, face, box, points, seed)
    card = RESTORERS[restorer] if isinstance(restorer, str) else restorer
    prepared = prepare(open_picture(picture, "picture"), card, options)
    return finish(prepared, card, open_restorer(card, knobs or {}), options, upscaler)


def prepare(picture: Picture, card: Restorer, options: PhotoOptions) -> Prepared:
    """Find the faces of a photograph, and cut them out as the restorer reads them.

    Raises:
        FaceNotFound, InputError: as `restore_photo`.
    """
    options.check()
    side = reading_side(card)
    height, width = picture.pixels.shape[:2]
    if round(height * options.scale) * round(width * options.scale) > MAX_PIXELS:
        raise InputError(
            f"{picture.name} ({width}x{height}) enlarged {options.scale:g} times would have more than {MAX_PIXELS:,} "
            "pixels. Choose a smaller scale."
        )
    try:
        search = located(picture, options.face, options.box, options.landmarks)
    except FaceNotFound:
        if options.scale == 1:
            raise
        return Prepared(picture, ())
    chosen = picked(search.faces, options.face, picture.name)
    crops = cut_faces(picture, search, chosen, side, card.crop or TEMPLATE, options.shape, options.feather)
    faces = tuple(PhotoFace(each.number, each.face, each.to_crop, each.crop, each.weight) for each in crops)
    # Whoever asks for one face has not asked for those that were not looked for.
    doubts = not_looked_for(search) if options.face is None else ()
    return Prepared(picture, faces, search.smallest, doubts)


def finish(
    prepared: Prepared, card: Restorer, ready: Restore, options: PhotoOptions, upscaler: Upscaler | None = None
) -> RestoredPhoto:
    """Restore the faces of a prepared photograph, and put them back."""
    faces = run_faces(prepared.faces, card, ready, options.seed)
    size = prepared.picture.pixels.shape[:2]
    large = enlarge(prepared.picture.image(), options.scale, upscaler)
    onto = rescaling((large.shape[0], large.shape[1]), (size[0], size[1]))
    both = [_pasted(face, onto, options.match_colour) for face in faces]
    image, restored = paste(large, [moved for _, moved in both if moved is not None])
    faces = [face for face, _ in both]
    notes = _notes(faces, options.scale)
    if faces and getattr(ready, "noise", "") == "unfixable":
        notes += (f"{card.id} draws noise that no seed fixes: it will not give the same result again",)
    doubts = (*unsure_note(faces, "the restorer paints one"), *prepared.doubts)
    return RestoredPhoto(large, image, restored, tuple(faces), (*doubts, *notes), doubts, prepared.smallest)


def enlarge(image: Image, factor: float, upscaler: Upscaler | None = None) -> Image:
    """A whole photograph, `factor` times larger, by Lanczos or by an upscaler of one's own.

    Raises:
        ImageError: the upscaler delivered no picture, or one of another size.
    """
    if factor == 1:
        return image
    size = (round(image.shape[0] * factor), round(image.shape[1] * factor))
    if upscaler is not None:
        made = check_image(upscaler(image, factor), "what the upscaler delivered", 1)
        if made.shape[:2] != size:
            raise ImageError(
                f"The upscaler delivered {made.shape[1]}x{made.shape[0]} pixels; expected {size[1]}x{size[0]}."
            )
        return made
    import cv2

    large = cv2.resize(image, size[::-1], interpolation=cv2.INTER_LANCZOS4)
    return np.clip(np.asarray(large, np.float32), 0, 1)


def reading_side(card: Restorer) -> int:
    """Side, in pixels, of the crops that a restorer of photographs reads.

    Raises:
        InputError: its results cannot be put back.
    """
    if card.input_size is None or not card.pastes or card.input_size[0] != card.input_size[1]:
        able = ", ".join(other.id for other in RESTORERS if other.pastes) or "none that is listed"
        raise InputError(
            f"{card.id} delivers no faces that can be put back into a photograph. Choose another restorer ({able}), or "
            "restore the faces as crops."
        )
    return card.input_size[0]


def _pasted(face: PhotoFace, onto: Similarity, match: bool) -> tuple[PhotoFace, Piece | None]:
    """What of a face goes into the photograph, and how its colours were changed for it."""
    if face.restored is None:
        return face, None
    made, colour = piece(face.restored, face.crop, face.weight, compose(face.to_crop, onto), match=match)
    return replace(face, colour=colour), made


def _notes(faces: Sequence[PhotoFace], scale: float) -> tuple[str, ...]:
    notes = []
    done = [face for face in faces if face.restored is not None]
    if small := [face for face in done if len(face.weight) > FINER * scale * face.width]:
        first = max(small, key=lambda face: face.width)
        better = min(MOST_ADVISED, ceil(len(first.weight) / first.width))
        notes.append(
            f"{len(small)} of {len(faces)} faces are restored in more pixels than the result has room for (the crop of "
            f"face {first.number} in {len(first.weight)}, of which {scale * first.width:.0f} remain): "
            f"--scale {better} keeps more"
        )
    if large := [face for face in done if face.width > FINER * len(face.weight)]:
        notes.append(
            f"{len(large)} of {len(faces)} faces are larger in the photograph than what the restorer reads (the crop "
            f"of face {large[0].number} is {large[0].width:.0f} px wide, of which it reads {len(large[0].weight)}): "
            "detail of the photograph is lost there"
        )
    return tuple(notes)
