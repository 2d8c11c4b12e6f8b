"""The faces of a photograph, cut out as a model reads them; and telling results from what only looks like one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import ImageError
from bonaface.core.images import Image, Picture, Plane, Similarity, check_image
from bonaface.faces.align import scale_of, transform
from bonaface.faces.crops import Crop, cut, to_crop
from bonaface.faces.locate import DOUBTED
from bonaface.faces.paste import outline, paste_weight

if TYPE_CHECKING:
    from bonaface.faces.search import Search

_FLAT = 2 / 255
_SAME = 0.5 / 255


@dataclass(frozen=True, slots=True)
class CutFace:
    """One face of a photograph.

    Attributes:
        number: from 1, the largest.
        face: where it is on the photograph.
        to_crop: (2, 3), from pixels of the photograph, as it was given, to pixels of the crop.
        crop: (s, s, 3), what the model reads.
        weight: (s, s) in [0, 1], how much of the model's result shows.
        why: the model failed on it; empty: it did not.
    """

    number: int
    face: Face
    to_crop: Similarity
    crop: Image
    weight: Plane
    why: str = ""

    @property
    def status(self) -> str:
        """Either "ok" or "failed": the photograph's own pixels were kept, and are no result."""
        return "failed" if self.why else "ok"

    @property
    def width(self) -> float:
        """Of the crop, in pixels of the photograph."""
        return len(self.crop) / scale_of(self.to_crop)

    @property
    def unsure(self) -> bool:
        """Whether the detector was not sure that there is a face at all."""
        return self.face.detector == "hog" and self.face.confidence < DOUBTED


def overall(faces: Sequence[CutFace]) -> str:
    """Of "ok", "partly" (some faces failed) and "failed" (all of them did); a photograph without faces is "ok"."""
    failed = sum(bool(face.why) for face in faces)
    return "ok" if not failed else "failed" if failed == len(faces) else "partly"


def cut_faces(
    picture: Picture, search: Search, chosen: Sequence[Face], side: int, framing: Crop, shape: str, feather: float
) -> list[CutFace]:
    """The chosen ones of the faces that were found, cut out of a photograph.

    Args:
        picture: as read.
        search: what was found; the places of the faces that are not chosen are kept free of the others' crops.
        chosen: those of its faces that are cut out.
        side: of the crops, in pixels.
        framing: how the model's faces are cut out.
        shape: as for `faces.paste.paste_weight`, like the next one.
        feather: width of the soft edge, as a share of the crop's side.
    """
    image = picture.image()
    hulls = [outline(face.landmarks) for face in search.faces]
    out = []
    for number, (face, hull) in enumerate(zip(search.faces, hulls, strict=True), 1):
        if not any(face is each for each in chosen):
            continue
        matrix = to_crop(face.landmarks, side, framing)
        others = [transform(other, matrix) for other in hulls if other is not hull]
        weight = paste_weight(shape, side, transform(hull, matrix), others, feather)
        out.append(CutFace(number, face, matrix, cut(image, matrix, side), weight))
    return out


def unusable(made: Any, crop: Image, size: tuple[int, int] | None, model: str) -> str:
    """Why what a model delivered is no result; empty where it may be one.

    Args:
        made: what it delivered.
        crop: what it was given.
        size: height and width that it should have.
        model: what the model is, for messages: "the restorer".
    """
    try:
        image = check_image(np.asarray(made), f"what {model} delivered", 1)
    except ImageError as error:
        return str(error)
    if image.shape[:2] != size:
        expected = "x".join(map(str, (size or ())[::-1]))
        return f"{model} delivered {image.shape[1]}x{image.shape[0]} pixels; expected {expected}"
    if float(np.ptp(image, axis=(0, 1)).max()) < _FLAT:
        colour = "black" if float(image.max()) < _FLAT else "of one colour"
        return f"{model} delivered a picture that is {colour} everywhere"
    if image.shape == crop.shape and float(np.abs(image - crop).max()) < _SAME:
        return f"{model} delivered exactly what it was given"
    return ""


def unsure_note(faces: Sequence[CutFace], model: str) -> tuple[str, ...]:
    """That some faces are perhaps none; nothing where all are sure. `model` is what it is, and what it does there."""
    unsure = [face for face in faces if face.unsure]
    if not unsure:
        return ()
    numbers = ", ".join(str(face.number) for face in unsure)
    places = "1 place" if len(unsure) == 1 else f"{len(unsure)} places"
    return (
        f"the detector is not sure that there is a face in {places}, and {model} in any case: look at face {numbers}",
    )
